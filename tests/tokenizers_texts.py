"""Texts that a tokenizer may meet, from plain to hostile; the same ones on every machine."""

from __future__ import annotations

import random

__all__ = ["ALL_CODE_POINTS", "CODE", "CODE_POINTS", "LANGUAGES", "LONE_SURROGATES", "SPECIAL", "all_texts"]
__all__ += ["code_point_texts", "many_texts"]

#: Planes 4 to 16 hold nothing but tags, selectors and private use: every 97th of them.
CODE_POINTS = [
    *range(0xD800),
    *range(0xE000, 0x40000),
    *range(0xE0000, 0xE0200),
    *range(0x40000, 0x110000, 97),
]
ALL_CODE_POINTS = [*range(0xD800), *range(0xE000, 0x110000)]

#: What no encoding of Unicode can carry; the reference refuses them as we do.
LONE_SURROGATES = ["\ud800", "a\udfffb", "\ud83d", "\ude00\ud83d", "x\udbff y", "\udc00" * 3]

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


#: Programs, markup, logs and data.
CODE = [
    "def encode(self, text: str) -> list[int]:\n    return [self.vocab[t] for t in text.split()]  # O(n)\n",
    "for (let i = 0; i < n; i++) {\n\tsum += a[i] ?? 0;\n}\n",
    '#include <stdio.h>\nint main(void) { printf("%d\\n", 1 << 4); return 0; }',
    "SELECT id, COUNT(*) AS n FROM users WHERE name LIKE '%o''k%' GROUP BY 1 HAVING n >= 10;",
    'fn main() -> Result<(), Box<dyn Error>> { let x: &\'static str = r#"raw"#; Ok(()) }',
    '{"id": 17, "ok": true, "x": [1.5e-3, null, "\\u00e9"], "nested": {"a": {}}}',
    "<div class=\"a b\" data-x='1'>&nbsp;&lt;tag&gt;<br/></div><!-- note -->",
    "git commit -m 'fix: #42' && cd ~/src/../build/ ; echo \"$HOME\" | sed -e 's/a\\/b/c/g' > /dev/null 2>&1",
    "2026-11-21T06:45:00.123Z [WARN] 127.0.0.1:8080 GET /a/b?c=%20d&e=f HTTP/1.1 404 0x1F4a9 3,14 1_000",
    "\\begin{equation} \\sum_{i=0}^{n} x_i^2 \\leq \\frac{1}{2} \\end{equation} % LaTeX",
    "if(a&&b||!c){x+=y--;z**=2;}//no spaces",
    "@media (max-width: 40em) { .a > .b::before { content: '\\201C'; color: #ff00AA } }",
    "    return\t\tTrue\r\n\r\n\r\n        pass\n\n\n\n   \n",
    "日本語 = {'キー': '値'}; print(f\"{日本語['キー']!r:>10}\")",
]

#: Pieces of emoji, marks and joiners that only some orders make one visible character of.
_PARTS = [
    "👍", "🏽", "🏿", "👩", "👨", "👧", "\u200d", "\ufe0f", "\ufe0e", "❤", "🇩", "🇪", "🇯", "🇵", "1", "\u20e3", "🏳", "🌈", "🏴",
    "\U000e0067", "\U000e0062", "\U000e007f", "🤷", "♀", "♂", "⚕", "💻", "\u200c", "😀", "☺", "©", "™", "\u2060", "\ufeff",
]  # fmt: skip
_MARKS = [
    "\u0300", "\u0301", "\u0302", "\u0303", "\u0308", "\u030a", "\u0316", "\u0323", "\u0327", "\u0328", "\u0334", "\u0345",
    "\u0489", "\u05b0", "\u05c1", "\u064b", "\u0651", "\u0670", "\u093c", "\u094d", "\u09be", "\u0b56", "\u0e33", "\u0eb3",
    "\u0f71", "\u0f74", "\u1161", "\u11a8", "\u1dc4", "\u20d0", "\u302e", "\u3099", "\u309a", "\ua806", "\ufb1e", "\ufe20",
    "\U00011131", "\U0001d165", "\U0001d16e", "\U0001e947", "\u0898", "\u1abf", "\u0c3c", "\U00010d69",
]  # fmt: skip
_LETTERS = "aeionuAEIOUcdsz\u00e9\u00df\u0131\u01b0\u03b1\u03a9\u0438\u05d0\u0627\u0915\u09a8\u0e01\u1100\uac00\u304b\u4e2d\u1ea5\ufb01\U0001d15e"
_SPACES = (
    " \t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u1680\u2002\u2009\u200b\u2028\u2029\u202f\u205f\u3000\ufeff\u2581\u180e"
)
_CONTROLS = "\x00\x01\x07\x08\x0e\x1b\x7f\x80\x9f\xad\u061c\u200e\u202e\u2066\ufff9\ufffe\uffff\U0001fffe\U000e0001\U0010ffff"
_UNASSIGNED = [
    (0x378, 0x380),
    (0x530, 0x531),
    (0x2FE0, 0x2FF0),
    (0xFDD0, 0xFDF0),
    (0x1FFFE, 0x20000),
    (0x30000, 0x323B0),
    (0x40000, 0xE0000),
    (0xE0080, 0xE0100),
    (0xF0000, 0x110000),
]
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡§«»¿‐–—‘’“”„…‹›、。「」・！，：；？｡·՚׀؟।፡᠀‼⁇₠€№∑⟨⸮㈱﷼"
_MARKUP = [
    "[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "<s>", "</s>", "<unk>", "<pad>", "<mask>", "<|endoftext|>", "<|im_start|>", "<|im_end|>",
    "<bos>", "<eos>", "<0x0A>", "<0xE2>", "##", "</w>", "▁", "Ġ", "<extra>", "<Extra> ", "wordy", "ΣΑΣ", "two words", "<start_of_turn>",
]  # fmt: skip


def many_texts(count: int = 20_000) -> list[str]:
    """`count` distinct texts: those of `all_texts`, programs, and seeded mixtures of everything that is hard.

    Nothing here asks Python's own Unicode tables, so every version of Python makes the same texts.
    """
    source = random.Random(23_3)
    words = " ".join(LANGUAGES).split()
    kinds = [
        _sentence,
        _mixture,
        _code,
        _emoji,
        _marks,
        _spaces,
        _controls,
        _unassigned,
        _numbers,
        _long,
        _markup,
        _noise,
    ]
    found: dict[str, None] = dict.fromkeys([*SPECIAL, *LANGUAGES, *CODE])
    while len(found) < count:
        found[source.choice(kinds)(source, words)] = None
    return list(found)


def code_point_texts(code_points: list[int], together: int = 100) -> list[str]:
    """Every code point alone on a line, before a letter and after one: `together` of them in a text."""
    texts: list[str] = []
    for first in range(0, len(code_points), together):
        characters = [chr(code) for code in code_points[first : first + together]]
        texts.append("\n".join(characters))
        texts.append("".join(f"a{character}b " for character in characters))
    return texts


def _sentence(source: random.Random, words: list[str]) -> str:
    text = source.choice(LANGUAGES)
    start = source.randrange(len(text))
    return text[start : start + source.randrange(1, 70)] + source.choice(["", ".", " ", "\n", "…"])


def _mixture(source: random.Random, words: list[str]) -> str:
    return source.choice([" ", " ", "  ", "", "-", "\n", "_"]).join(
        source.choices(words, k=source.randrange(1, 14))
    )


def _code(source: random.Random, words: list[str]) -> str:
    lines = source.choice(CODE)
    start = source.randrange(len(lines))
    name = "".join(source.choices(words, k=2)) + str(source.randrange(100))
    return lines[start : start + source.randrange(5, 60)] + source.choice(
        [name, f"\n\t{name} = {name}()", f"{name};"]
    )


def _emoji(source: random.Random, words: list[str]) -> str:
    parts = "".join(source.choices(_PARTS, k=source.randrange(1, 14)))
    return source.choice(["", "a", " ", source.choice(words)]) + parts + source.choice(["", "b", " "])


def _marks(source: random.Random, words: list[str]) -> str:
    text = ""
    for _ in range(source.randrange(1, 8)):
        text += source.choice(_LETTERS) + "".join(source.choices(_MARKS, k=source.randrange(4)))
        text += source.choice(["", "", "", " "])
    return text if source.random() < 0.8 else source.choice(_MARKS) + text


def _spaces(source: random.Random, words: list[str]) -> str:
    text = ""
    for _ in range(source.randrange(1, 6)):
        text += source.choice(_SPACES) * source.randrange(1, 4) + source.choice(
            [*words[:99], "a", "1", ".", "", "'s"]
        )
    return text + source.choice(["", "", *_SPACES])


def _controls(source: random.Random, words: list[str]) -> str:
    return "".join(source.choice([source.choice(words), *_CONTROLS]) for _ in range(source.randrange(1, 9)))


def _unassigned(source: random.Random, words: list[str]) -> str:
    characters = [chr(source.randrange(*source.choice(_UNASSIGNED))) for _ in range(source.randrange(1, 7))]
    return source.choice(["", " ", "x", "é"]).join(characters) + source.choice(["", "y", " z"])


def _numbers(source: random.Random, words: list[str]) -> str:
    number = str(source.randrange(10 ** source.randrange(1, 20)))
    shapes = [
        "{}",
        "{}.5%",
        "-{}",
        "${}.00",
        "{}k",
        "№{}",
        "v{}a",
        "{} {}",
        "１{}",
        "٣{}٤",
        "²{}½",
        "{}°C",
        "x{}y{}",
        "0x{}",
        "{},{}",
    ]
    return source.choice(shapes).replace("{}", number) + source.choice(["", " ", source.choice(words)])


def _long(source: random.Random, words: list[str]) -> str:
    """A word that is longer than words are; one in fifty is thousands of characters."""
    length = source.randrange(60, 160) if source.random() < 0.98 else source.randrange(1500, 4000)
    letters = source.choice(
        [
            "a",
            "ab",
            "abcdefghij",
            "é",
            "中文",
            "ก็",
            "x1",
            "-",
            "=",
            "aA",
            "\u0301a",
            "👍",
            "".join(source.choices(words, k=3)),
        ]
    )
    return "".join(source.choices(letters, k=length))


def _markup(source: random.Random, words: list[str]) -> str:
    parts = [
        source.choice([*_MARKUP, *words[:40], " ", "  ", "_", "é"]) for _ in range(source.randrange(1, 8))
    ]
    return source.choice(["", " ", ""]).join(parts)


def _noise(source: random.Random, words: list[str]) -> str:
    pools = source.choices(_POOLS, k=2)
    characters = [_character(source, source.choice(pools)) for _ in range(source.randrange(1, 30))]
    return "".join(source.choice([c, c, c, source.choice(_PUNCTUATION)]) for c in characters)
