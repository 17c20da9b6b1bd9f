"""Components of a task's form: what the page draws, and how values cross between page and Python.

Each class describes itself with `info()` (ComponentInfo of `app/shared/site.ts`; the class's name in lower
case chooses the renderer in `app/page/components/`). An input's `preprocess(payload)` turns what the page
sent into a Python value, and checks it; an output's `postprocess(value)` turns a Python value into what the
page draws.
"""

from wardian.components.answers import Answer, AnswerInWords, Answers, FoundAnswers, SentenceInWords
from wardian.components.base import Component, Input, Localized, Output, localize
from wardian.components.checkbox import Checkbox
from wardian.components.conversation import Conversation, Dialogue, Message, SamplingSettings
from wardian.components.document import Document
from wardian.components.dropdown import Dropdown
from wardian.components.edits import EditedText, Edits
from wardian.components.facts import Fact, Facts
from wardian.components.file import File
from wardian.components.filled_form import FilledForm
from wardian.components.form_fields import FormFields
from wardian.components.given_file import GivenFile
from wardian.components.highlighted_text import Highlight, HighlightedText, Highlights
from wardian.components.image import Image, Sketchpad
from wardian.components.label import Label
from wardian.components.languages import LanguagePair, Languages
from wardian.components.likes import Likes, Taste
from wardian.components.meter import Meter
from wardian.components.model_choice import ChosenFile, ModelChoice
from wardian.components.number import Number
from wardian.components.passages import Passage, Passages
from wardian.components.pressed import Pressed
from wardian.components.reasons import Reason, Reasons, Turn, WhatIf
from wardian.components.recommendations import Recommendations, Recommended
from wardian.components.redactions import RedactedText, Redactions
from wardian.components.reply import Reply, ReplyText
from wardian.components.summary import Summary, SummaryPassage, SummaryText
from wardian.components.table import Rows, Table, TableColumn
from wardian.components.table_file import GivenTable, TableFile
from wardian.components.text import Textbox
from wardian.components.tokens import Tokenization, Tokens
from wardian.components.translation import TranslatedText, Translation

__all__ = [
    "Answer",
    "AnswerInWords",
    "Answers",
    "Checkbox",
    "ChosenFile",
    "Component",
    "Conversation",
    "Dialogue",
    "Document",
    "Dropdown",
    "EditedText",
    "Edits",
    "Fact",
    "Facts",
    "File",
    "FilledForm",
    "FormFields",
    "FoundAnswers",
    "GivenFile",
    "GivenTable",
    "Highlight",
    "HighlightedText",
    "Highlights",
    "Image",
    "Input",
    "Label",
    "LanguagePair",
    "Languages",
    "Likes",
    "Localized",
    "Message",
    "Meter",
    "ModelChoice",
    "Number",
    "Output",
    "Passage",
    "Passages",
    "Pressed",
    "Reason",
    "Reasons",
    "Recommendations",
    "Recommended",
    "RedactedText",
    "Redactions",
    "Reply",
    "ReplyText",
    "Rows",
    "SamplingSettings",
    "SentenceInWords",
    "Sketchpad",
    "Summary",
    "SummaryPassage",
    "SummaryText",
    "Table",
    "TableColumn",
    "TableFile",
    "Taste",
    "Textbox",
    "Tokenization",
    "Tokens",
    "TranslatedText",
    "Translation",
    "Turn",
    "WhatIf",
    "localize",
]
