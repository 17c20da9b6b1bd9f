"""The questions of the eligibility form, in the order of the page, with the words for their answers.

What the four classes of the instalment's share are: Grömping 2019, South German Credit, whose table has them.
"""

from __future__ import annotations

from wardian.components import Dropdown, Number

__all__ = ["FORM"]

MONEY = {"en": "DM", "zh": "马克"}

#: Column of the model → question. Numbers have the range of the data.
FORM: dict[str, Number | Dropdown] = {
    "credit_amount": Number(
        {"en": "Amount", "zh": "金额"}, minimum=250, maximum=18424, default=2500, step=50, unit=MONEY
    ),
    "duration_in_month": Number(
        {"en": "To be paid back in", "zh": "还款期限"}, minimum=4, maximum=72, default=18,
        unit={"en": "months", "zh": "个月"},
    ),
    "purpose": Dropdown(
        {"en": "What for", "zh": "用途"},
        {
            "car (new)": {"en": "a new car", "zh": "新车"},
            "car (used)": {"en": "a used car", "zh": "二手车"},
            "furniture/equipment": {"en": "furniture", "zh": "家具"},
            "radio/television": {"en": "radio or television", "zh": "收音机或电视"},
            "domestic appliances": {"en": "household appliances", "zh": "家用电器"},
            "repairs": {"en": "repairs", "zh": "修理"},
            "education": {"en": "education", "zh": "教育"},
            "retraining": {"en": "retraining", "zh": "再培训"},
            "business": {"en": "business", "zh": "经营"},
            "others": {"en": "something else", "zh": "其他"},
        },
        default="radio/television",
    ),
    "installment_rate_in_percentage_of_disposable_income": Dropdown(
        {"en": "Instalment, of disposable income", "zh": "分期款占可支配收入"},
        {
            "1": {"en": "35 % or more", "zh": "35 % 或以上"},
            "2": {"en": "25 to 35 %", "zh": "25 % 至 35 %"},
            "3": {"en": "20 to 25 %", "zh": "20 % 至 25 %"},
            "4": {"en": "less than 20 %", "zh": "低于 20 %"},
        },
        default="3",
    ),
    "status_of_existing_checking_account": Dropdown(
        {"en": "Current account", "zh": "活期账户"},
        {
            "no checking account": {"en": "none at this bank", "zh": "在本行没有"},
            "... < 0 DM": {"en": "overdrawn", "zh": "透支"},
            "0 <= ... < 200 DM": {"en": "below 200 DM", "zh": "不足 200 马克"},
            "... >= 200 DM / salary assignments for at least 1 year": {
                "en": "200 DM or more, or regular salary",
                "zh": "200 马克以上，或工资入账满一年",
            },
        },
        default="0 <= ... < 200 DM",
    ),
    "savings_account_and_bonds": Dropdown(
        {"en": "Savings", "zh": "储蓄"},
        {
            "unknown/ no savings account": {"en": "none, or not known", "zh": "没有或不详"},
            "... < 100 DM": {"en": "below 100 DM", "zh": "不足 100 马克"},
            "100 <= ... < 500 DM": {"en": "100 to 500 DM", "zh": "100 至 500 马克"},
            "500 <= ... < 1000 DM": {"en": "500 to 1,000 DM", "zh": "500 至 1000 马克"},
            "... >= 1000 DM": {"en": "1,000 DM or more", "zh": "1000 马克以上"},
        },
        default="... < 100 DM",
    ),
    "credit_history": Dropdown(
        {"en": "Loans until now", "zh": "以往借款"},
        {
            "existing credits paid back duly till now": {
                "en": "paid back duly until now", "zh": "至今按时偿还"
            },
            "all credits at this bank paid back duly": {
                "en": "all at this bank paid back", "zh": "在本行的均已还清"
            },
            "no credits taken/ all credits paid back duly": {
                "en": "none, or all paid back", "zh": "没有或均已还清"
            },
            "delay in paying off in the past": {"en": "delays in the past", "zh": "曾有拖延"},
            "critical account/ other credits existing (not at this bank)": {
                "en": "critical, or others elsewhere", "zh": "有问题或在别处另有借款"
            },
        },
    ),
    "other_installment_plans": Dropdown(
        {"en": "Other instalments", "zh": "其他分期"},
        {
            "none": {"en": "none", "zh": "没有"},
            "bank": {"en": "at a bank", "zh": "在银行"},
            "stores": {"en": "in shops", "zh": "在商店"},
        },
    ),
    "present_employment_since": Dropdown(
        {"en": "In the present job for", "zh": "现职年限"},
        {
            "unemployed": {"en": "no job", "zh": "没有工作"},
            "... < 1 year": {"en": "less than a year", "zh": "不足一年"},
            "1 <= ... < 4 years": {"en": "1 to 4 years", "zh": "1 至 4 年"},
            "4 <= ... < 7 years": {"en": "4 to 7 years", "zh": "4 至 7 年"},
            "... >= 7 years": {"en": "7 years or more", "zh": "7 年以上"},
        },
        default="1 <= ... < 4 years",
    ),
    "other_debtors_or_guarantors": Dropdown(
        {"en": "Somebody else answers for it", "zh": "他人担保"},
        {
            "none": {"en": "nobody", "zh": "没有"},
            "co-applicant": {"en": "a co-applicant", "zh": "共同申请人"},
            "guarantor": {"en": "a guarantor", "zh": "担保人"},
        },
    ),
    "property": Dropdown(
        {"en": "Property", "zh": "财产"},
        {
            "real estate": {"en": "real estate", "zh": "房地产"},
            "building society savings agreement/ life insurance": {
                "en": "building savings or life insurance", "zh": "住房储蓄或人寿保险"
            },
            "car or other, not in attribute Savings account/bonds": {
                "en": "a car or other things", "zh": "汽车或其他"
            },
            "unknown / no property": {"en": "none, or not known", "zh": "没有或不详"},
        },
        default="car or other, not in attribute Savings account/bonds",
    ),
    "housing": Dropdown(
        {"en": "Housing", "zh": "住房"},
        {
            "rent": {"en": "rented", "zh": "租住"},
            "own": {"en": "owned", "zh": "自有"},
            "for free": {"en": "for free", "zh": "免费居住"},
        },
    ),
}  # fmt: skip
