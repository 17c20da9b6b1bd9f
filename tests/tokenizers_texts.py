"""Texts that a tokenizer may meet, from plain to hostile; the same ones on every machine."""

from __future__ import annotations

import random

__all__ = ["CODE_POINTS", "LANGUAGES", "SPECIAL", "all_texts"]

#: Planes 4 to 16 hold nothing but tags, selectors and private use: every 97th of them.
CODE_POINTS = [
    *range(0xD800),
    *range(0xE000, 0x40000),
    *range(0xE0000, 0xE0200),
    *range(0x40000, 0x110000, 97),
]

#: Article 1 of the Universal Declaration of Human Rights, and sentences written for this file.
LANGUAGES = [
    "All human beings are born free and equal in dignity and rights.",
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Straße, Größe, Übermut!",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits. L'œuvre, ça va ?",
    "Todos los seres humanos nacen libres e iguales en dignidad y derechos. ¿Mañana? ¡Sí, señor!",
    "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Perché no?",
    "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Não há coração sem ação.",
    "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Zażółć gęślą jaźń.",
    "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Příliš žluťoučký kůň.",
    "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Árvíztűrő tükörfúrógép.",
    "Toate ființele umane se nasc libere și egale în demnitate și în drepturi.",
    "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. İstanbul'da ılık ışık, IĞDIR.",
    "Alla människor är födda fria och lika i värde och rättigheter. Blåbärsöl på ön.",
    "Kõik inimesed sünnivad vabadena ja võrdsetena oma väärikuselt ja õigustelt.",
    "Hver maður er borinn frjáls og jafn öðrum að virðingu og réttindum. Þórður á Ísafirði.",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια. ΟΔΟΣ ΟΔΥΣΣΕΥΣ, ᾳ ᾠδή.",
    "Все люди рождаются свободными и равными в своём достоинстве и правах. Ёжик, йод, ЩУКА.",
    "Всі люди народжуються вільними і рівними у своїй гідності та правах. Їжак ґанку.",
    "Бүх хүн төрж мэндлэхэд эрх чөлөөтэй байна.",
    "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. ٱلْحَمْدُ لِلَّٰهِ ١٢٣",
    "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند. ۴۵۶",
    "כל בני האדם נולדו בני חורין ושווים בערכם. בְּרֵאשִׁית בָּרָא",
    "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है। क्षत्रिय ज़िंदगी",
    "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    "மனிதப் பிறவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்.",
    "మానవులెల్లరును జన్మతః స్వతంత్రులు.",
    "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "ມະນຸດເກີດມາມີສິດເສລີພາບ",
    "လူတိုင်းသည် တူညီလွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် မွေးဖွားလာသည်။",
    "មនុស្សទាំងអស់កើតមកមានសេរីភាព និងសមភាព",
    "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。",
    "人人生而自由，在尊嚴和權利上一律平等。「繁體」與『簡體』",
    "すべての人間は、生まれながらにして自由であり、ガギグゲゴ ｶﾞｷﾞ パピプ",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 각낙닥",
    "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.",
    "ყველა ადამიანი იბადება თავისუფალი. ᲥᲐᲠᲗᲣᲚᲘ",
    "Բոլոր մարդիկ ծնվում են ազատ ու հավասար։ ՀԱՅԵՐԵՆ և",
    "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው።",
    "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས",
    "ᏂᎦᏓ ᎠᏂᏴᏫ ᏂᎨᎫᏓᎸᎾ ꭰꮒᏼꮻ",
    "𐐔𐐯𐑅𐐨𐑉𐐯𐐻 𐌲𐌿𐍄𐌹𐍃𐌺 𝕸𝖆𝖙𝖍 𝒜𝓁𝓅𝒽𝒶 ﬁne ﬂow Ⅷ ① ㎏ ½ x² H₂O",
]

#: Single hard cases.
SPECIAL = [
    "", " ", "\n", "\t \r\n", "a", "A", ".", "...", "don't stop", "it's John's o'clock", "e-mail: me@example.com",
    "https://example.org/a_b?c=d&e=%20#f", "3.14159 1,000,000 $9.99 50% 1/2 2^10", "C++ C# F# .NET a->b x!=y",
    "snake_case camelCase PascalCase kebab-case", "[MASK]", "a[MASK]b", "[CLS] [SEP] [PAD] [UNK]", "[mask] [ MASK ]",
    "[MASK][MASK]", "[[MASK]]", "[CLS]text[SEP]more[SEP]", "[MAS[MASK]K]", "##ing ##", "un##able", "[UNK]able",
    "cafe\u0301 café CAFÉ Cafe\u0301", "n\u0303 \u0303 \u0301\u0301a", "e\u0323\u0302 e\u0302\u0323 \u1ec7", "\u0301start",
    "Z\u0351\u036b\u0343\u032f\u033ba\u0348\u0324l\u0334g\u0315o\u0321", "o\u0308\u0304 \u022b \u1e53",
    "👍 👍🏽 👩‍👩‍👧‍👦 🇩🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ☺️ 1️⃣ 🤷🏻‍♀️", "😀😃😄", "a😀b", "\u200b\u200c\u200d\ufeff\u2060", "soft\u00adhyphen zero\u200bwidth",
    "null\x00in\x00side", "\x01\x02\x1b[31mred\x7f\x80\x85\x9f", "vertical\x0btab form\x0cfeed \x1c\x1d\x1e\x1f", "\ufffd\ufffe\uffff",
    "\u2028line\u2029paragraph", "non\u00a0breaking\u202fspace\u3000wide\u1680ogham", "a" * 99, "a" * 100, "a" * 101,
    "é" * 100, "é" * 101, "中" * 150, "x" * 5000, "1" * 250, "ab " * 300, "-" * 120, "“curly” ‘quotes’ «guillemets» —–‐",
    "中文English混合text测试", "全角ＡＢＣ１２３！？", "한글과English", "\U00020000\U0002a6d6\uf900\ufa0e", "ΑΣ ΑΣΑ ς σ Σ", "ẞ ß SS ﬀ ŉ ǰ",
    "İ I ı i İSTANBUL", "K Å Ω ℵ ™ ℡", "ᾳ ᾼ ῼ ΐ", "\U0001d15e\U0001d165\u302e\u302f", "\U0001d16d\U0001d165a\U0001d165\U0001d16d",
    "\u0dd9\u0dca \u09c7\u09be \u0b47\u0b56", "\u1b05\u1b35 \U00011131\U00011127 \U00011938", "\ua7cb \u1c89 \U00010d50 \U00016ea0",
    "x\u0898y \u08d4z\u0301", "\ue000\uf8ff\U000f0000\U0010ffff", "\u0378\u0380 unassigned", "٣٤٥ ௧௨ ⅓ ⒈ 🄀", "def f(x):\n\treturn x**2  # ok",
    "<b>bold</b> &amp; {json: [1, 2]}", "\\n \\t C:\\temp", "ab\ncd\r\nef", "  leading and trailing  ", "THE QUICK BROWN FOX", "a.b.c.d", "?!?!",
    "ﷺ ﷽ ㍿ ㌀", "ⓐⒷ 🅰 ᵃ ʰ", "\u0e33 \u0eb3 \u0f77 \u0f79", "ﾊﾟ \u3099 か\u3099",
]  # fmt: skip

_POOLS = [
    (0x20, 0x7F), (0x20, 0x7F), (0xA0, 0x250), (0x300, 0x370), (0x370, 0x530), (0x590, 0x700), (0x900, 0xE00),
    (0x1AB0, 0x1B00), (0x1E00, 0x2000), (0x2000, 0x2070), (0x3000, 0x3100), (0x4E00, 0x4F00), (0xAC00, 0xAD00),
    (0xFE00, 0xFF00), (0x1F300, 0x1F700), (0x0, 0x3000), (0x0, 0xD800), (0x10000, 0x20000), (0xE0000, 0xE0200),
]  # fmt: skip


def all_texts(count: int = 2400) -> list[str]:
    """At least `count` texts: the hard cases, the languages, and seeded mixtures of both."""
    source = random.Random(20261121)
    words = " ".join(LANGUAGES).split()
    texts = [*SPECIAL, *LANGUAGES, *(text.upper() for text in LANGUAGES), " ".join(LANGUAGES)]
    while len(texts) < count:
        kind = source.randrange(4)
        if kind == 0:  # words of all languages
            texts.append(" ".join(source.choices(words, k=source.randrange(1, 30))))
        elif kind == 1:  # characters of one or two blocks
            pools = source.choices(_POOLS, k=2)
            texts.append(
                "".join(_character(source, source.choice(pools)) for _ in range(source.randrange(1, 40)))
            )
        elif kind == 2:  # hard cases run together, without spaces
            texts.append("".join(source.choices([*SPECIAL[:40], *words], k=source.randrange(2, 8))))
        else:  # a sentence with something strange inside
            sentence = source.choice(LANGUAGES)
            place = source.randrange(len(sentence) + 1)
            strange = source.choice(
                ["[MASK]", "\u0301", "\x00", "\u200d", "👍🏽", "中", " [SEP] ", "\u302e\u0316"]
            )
            texts.append(sentence[:place] + strange + sentence[place:])
    return texts


def _character(source: random.Random, pool: tuple[int, int]) -> str:
    code = source.randrange(*pool)
    return " " if 0xD800 <= code < 0xE000 or source.random() < 0.1 else chr(code)
