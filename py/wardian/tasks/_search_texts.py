"""Example texts of the task `search`, written for it (Apache-2.0, as this package)."""

from __future__ import annotations

__all__ = ["COFFEE", "LIGHTHOUSE"]

LIGHTHOUSE = """\
The keeper's house stands a hundred steps below the lamp, and every one of them is wet. I came out with the \
supply boat in March, together with flour, lamp oil and a stove that nobody had asked for.

The lens is the size of a small room. It floats in a bath of mercury so finely balanced that I can turn two \
tons of glass with one finger. A weight on a chain, wound up by hand every four hours, keeps it moving.

In the second week a tooth of the driving gear broke off. Until the spare part arrived I turned the lens \
myself, all night long, counting to thirty for every revolution so that ships would see the right signal.

My neighbours are birds. Terns nest on the landing and shout at me when I fetch water. In autumn the light \
confuses the thrushes; on foggy nights they circle the tower until dawn and I draw the curtains on the side \
where most of them come in.

Food is simple here. There is bread on Mondays, fish on most other days, and on Sundays a tin of peaches, \
which I open slowly.

The worst storm came in November. Waves broke over the gallery, thirty metres up, and sand rattled on the \
panes like hail. I had no fear for the tower, which is bolted to the rock, but the boathouse was gone in the \
morning.

Letters take three weeks. My sister writes about her children and the price of coal. I answer about the \
weather, because there is nothing else, and she says it is the part she likes best.

When they bring electricity to the rock, no one will have to wind the chain. The engineer told me so as if it \
were good news. I asked him who would look out of the window.
"""

COFFEE = """\
Coffee begins as a fruit. The cherries ripen over eight or nine months and are picked when they are dark red; \
inside lie two seeds, the beans, wrapped in a sweet layer of pulp.

The seeds must be freed and dried. Where water is plentiful the pulp is washed away; elsewhere whole cherries \
lie in the sun for weeks and are turned by hand, which gives a heavier, fruitier cup.

Green beans keep for a year in a cool warehouse. They smell of hay, and nobody would guess what they become.

Roasting changes everything. At about 200 degrees Celsius the beans crack open with a sound like popcorn, \
sugars turn brown, and hundreds of fragrant substances appear within minutes.

Whoever roasts too long burns the sugars and is left with charcoal. Extraction matters as well: water that is \
too hot, or a grind that is too fine, dissolves harsh compounds which come last out of the bean.

Light roasts keep the sharp fruit acids of the cherry. Dark ones lose them and taste of chocolate and smoke.

Ground coffee goes stale within days, because oxygen reaches the oils from all sides. Whole beans in a closed \
tin last a month. Freezing helps, provided that the tin is airtight.

The cup itself is mostly water, so its minerals count. Very soft water leaves coffee sour and thin, while hard \
water flattens every nuance and leaves scale in the machine.

An ordinary cup holds about ninety milligrams of caffeine, which blocks the signal that makes us sleepy. Half \
of it is still in the blood five hours later: reason enough to stop in the afternoon.
"""
