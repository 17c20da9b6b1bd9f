"""Example labels and texts of the task `sort`, written for it (Apache-2.0, as this package)."""

from __future__ import annotations

import base64

__all__ = ["FEELINGS", "FEELING_TEXTS", "MAIL", "MAIL_TEXTS", "WISHES", "WISHES_TABLE"]

MAIL = """\
billing: invoices, payments, refunds
delivery: parcels, addresses, delays
account: passwords, signing in, e-mail addresses
broken: faults, repairs, replacement"""

MAIL_TEXTS = """\
I was charged twice in March.
The parcel has been in the same depot for nine days.
How do I change the address I log in with?
One of the two lamps stopped working after a week.
Where is the button to reset my password?
Could you send it to my neighbour instead?"""

WISHES = """\
opening hours: when it is open, at weekends, in the evening
books: titles, authors, what should be bought
rooms: noise, seats, light, temperature
computers: printers, wireless network, catalogue
- The catalogue does not find anything with an umlaut.
staff: people who work here"""

_WISHES = """\
no;date;wish
1;2026-03-02;Please open on Sundays, even if only for two hours.
2;2026-03-02;It is far too cold by the windows.
3;2026-03-03;The printer on the first floor has been out of order since Christmas.
4;2026-03-03;"More novels by African authors, please."
5;2026-03-04;The young man at the desk was very patient with my mother. Thank you!
6;2026-03-05;I can never find a seat in the afternoon.
7;2026-03-06;The Wi-Fi drops every ten minutes.
8;2026-03-06;Why do you close at six? I work until half past five.
9;2026-03-07;The new science fiction shelf is wonderful.
10;2026-03-09;"Somebody should tell the students upstairs that this is a library, not a café."
11;2026-03-09;Searching for a title with an accent gives nothing.
12;2026-03-10;You have volumes 1 and 3 of the trilogy. Where is volume 2?
13;2026-03-11;The reading lamps at the long table flicker.
14;2026-03-12;Nobody answered the telephone all morning.
15;2026-03-12;Longer hours before the examinations would help many of us.
16;2026-03-13;My reservation was on the list but nobody knew where the book was.
17;2026-03-14;A quiet corner for children would be nice.
18;2026-03-16;The scanner saves everything upside down.
19;2026-03-17;=SUM(A1:A9) is what somebody wrote into the guest book.
20;2026-03-18;Friendly people. I come here to be among them.
"""

#: As a visitor's file: with semicolons, as spreadsheets write it in much of Europe.
WISHES_TABLE = {"name": "wishes.csv", "base64": base64.b64encode(_WISHES.encode()).decode("ascii")}

FEELINGS = """\
praise
complaint"""

FEELING_TEXTS = """\
The room was clean and everybody was kind.
The room was not clean and nobody was kind.
Great, the train is late again.
I have never slept better in a hotel.
I have slept better in a railway station."""
