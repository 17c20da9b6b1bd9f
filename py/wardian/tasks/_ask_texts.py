"""Examples of the task ask: a lease in Markdown, a page of HTML, and a PDF of two pages."""

from __future__ import annotations

LEASE = """# Lease of the flat at 12 Mill Lane

## Rent

The rent is 840 a month, heating included. It is due on the third working day of each month. Whoever pays more than ten days late owes a further two percent of the amount.

The rent may be raised once a year, with three months' notice, and by no more than the consumer prices have risen.

## Deposit

On moving in the tenant leaves two months' rent with the landlord, who keeps it on an account of its own. It is given back within six weeks after the keys were returned, less what has to be mended beyond ordinary wear.

## Use of the flat

Music is turned down after ten in the evening and before seven in the morning. The tenant may keep a cat or another small animal; for a dog the landlord must be asked first. Washing is dried in the attic, not on the balcony.

A guest may stay for six weeks. Whoever takes in somebody for longer, or lets a room, needs the landlord's consent in writing.

## Repairs

The tenant says at once when something breaks. Small things up to 60 each, and 200 a year, the tenant pays; all else is the landlord's. If the heating fails in winter, the tenant may call a plumber himself when nobody answers within a day.

## End of the lease

The tenant may leave at the end of any month, three months after giving notice in writing. The walls are handed over white, the holes filled.
"""

PAGE = """<!doctype html>
<html><head><title>Sourdough</title><style>p { margin: 1em }</style></head><body>
<nav><a href="/">Home</a> <a href="/breads">Breads</a></nav>
<h1>Keeping a sourdough</h1>
<p>A sourdough is flour and water in which wild yeasts and bacteria live together. It wants to be fed once a
day in the kitchen, and once a week in the refrigerator.</p>
<h2>Feeding</h2>
<p>Throw away all but a spoonful, and stir in as much flour as water. After four hours in a warm place it has
risen to twice its height. If a drop of it swims on water, it is ready to bake with.</p>
<h2>When something is wrong</h2>
<p>A grey liquid on top is alcohol: the dough is hungry, pour it off. Pink or orange streaks are another
matter. Then everything must be thrown away and the jar boiled.</p>
<p>If it does not rise, it is usually too cold. Put the jar into the oven with only the lamp switched on.</p>
<h2>Holidays</h2>
<p>Spread thinly on paper and dried, it keeps for years. Crumble it into lukewarm water to wake it up.</p>
<script>track()</script></body></html>
"""

#: "The Island Ferry", made by `pdf` of `tests/documents.py`.
FERRY = (
    "JVBERi0xLjQKMSAwIG9iago8PCAvVHlwZSAvRm9udCAvU3VidHlwZSAvVHlwZTEgL0Jhc2VGb250IC9IZWx2ZXRpY2EgL0VuY29k"
    "aW5nIC9XaW5BbnNpRW5jb2RpbmcgPj4KZW5kb2JqCjIgMCBvYmoKPDwgL1R5cGUgL1hPYmplY3QgL1N1YnR5cGUgL0ltYWdlIC9X"
    "aWR0aCAxIC9IZWlnaHQgMSAvQ29sb3JTcGFjZSAvRGV2aWNlR3JheSAvQml0c1BlckNvbXBvbmVudCA4IC9MZW5ndGggMSA+Pgpz"
    "dHJlYW0KgAplbmRzdHJlYW0KZW5kb2JqCjMgMCBvYmoKPDwgIC9GaWx0ZXIgL0ZsYXRlRGVjb2RlIC9MZW5ndGggMzU2ID4+CnN0"
    "cmVhbQp42k2RQWvDMAyF/8o7bqN06xh01w5W6BjsYtjZcZTGa2IHy+6Wfz8poWkPgUR5+iS992bwuN9gs4FpsHmB+cT2GdvXJ5ga"
    "d6YlHLizocaeUhrX2OFYfE1oYsJgmSkcKfH6HuYH5mHuaFSKVAKjSbFH1ppPnBEb7IbkO+Q4VUnAUvtyOVaU1jgEfJRuhA7clWPh"
    "vIBFnghWHvZ/cCky+3BkWNR2XMGHCRhVhj6G3LIUEtEaZhlfRZvRkT2T/qSF3VsfpiPld2u7Ri/LYDpTWE3YTr9jILjYS29l3el6"
    "mudLb/AimTdZ2AqRRa8Ofbc07/rrpcszOKeoLkrRBjXW0e1sXVpFdrwc2dpUxSJ2CUrvvfVoBFvxV7A1OQlK9gpoRY2KBC2WW9cu"
    "9k1GDyWjDLq/wrN3J9KkGu/oJteprLaJzsXS1QhRHCUU1iFCHqyvZ2vmrErImvQ1Zn2dolmw7+YfZVHWpQplbmRzdHJlYW0KZW5k"
    "b2JqCjQgMCBvYmoKPDwgL1R5cGUgL1BhZ2UgL1BhcmVudCA3IDAgUiAvTWVkaWFCb3ggWzAgMCA1OTUgODQyXSAvQ29udGVudHMg"
    "MyAwIFIgL1Jlc291cmNlcyA8PCAvRm9udCA8PCAvRjEgMSAwIFIgPj4gPj4gPj4KZW5kb2JqCjUgMCBvYmoKPDwgIC9GaWx0ZXIg"
    "L0ZsYXRlRGVjb2RlIC9MZW5ndGggMzM1ID4+CnN0cmVhbQp42kVRy26DMBD8lTmmVUSbqlKq9pY+Tj0i5bzgNXZjWGSbIP6+ayKR"
    "G4xm5+VTjaefAw4H1BaHV9S/OL7g+PaM2mB38u3SBk7Ika4cYCXCUbDIjmEpMsSC0DofTIVPigkFHCQj04WH90JUwCuOnsnI/ID6"
    "D/Ujdg07P5hVyVFsZIqYV7IiC3pakDIpoXhOI7LA+ivD0JIw++xkympMseMKX9KlTVjPFsiwKk/jyBGG28u+QISgIaqNenbCVyVY"
    "5pAwDTOHAMpITEg+JzScMvxNq/fGhLVx+Qsyb8pb7ns5UZVerjqdOqZcodabNvKsZRM6P3R6ndWmVKR0SWU0HaRb+3o9ODsNpQW9"
    "jtpKf9cmFY8GUoKXJJH6sYQu3ylzHD4wFlP1I61TYLHWt2vCsp+2UhPeI4lClO/LqU0jZinvdXs4Xd1xGLfFvut/GH+7bAplbmRz"
    "dHJlYW0KZW5kb2JqCjYgMCBvYmoKPDwgL1R5cGUgL1BhZ2UgL1BhcmVudCA3IDAgUiAvTWVkaWFCb3ggWzAgMCA1OTUgODQyXSAv"
    "Q29udGVudHMgNSAwIFIgL1Jlc291cmNlcyA8PCAvRm9udCA8PCAvRjEgMSAwIFIgPj4gPj4gPj4KZW5kb2JqCjcgMCBvYmoKPDwg"
    "L1R5cGUgL1BhZ2VzIC9LaWRzIFs0IDAgUiA2IDAgUl0gL0NvdW50IDIgPj4KZW5kb2JqCjggMCBvYmoKPDwgL1R5cGUgL0NhdGFs"
    "b2cgL1BhZ2VzIDcgMCBSID4+CmVuZG9iagp4cmVmCjAgOQowMDAwMDAwMDAwIDY1NTM1IGYgCjAwMDAwMDAwMDkgMDAwMDAgbiAK"
    "MDAwMDAwMDEwNiAwMDAwMCBuIAowMDAwMDAwMjUwIDAwMDAwIG4gCjAwMDAwMDA2NzkgMDAwMDAgbiAKMDAwMDAwMDgwNSAwMDAw"
    "MCBuIAowMDAwMDAxMjEzIDAwMDAwIG4gCjAwMDAwMDEzMzkgMDAwMDAgbiAKMDAwMDAwMTQwMiAwMDAwMCBuIAp0cmFpbGVyCjw8"
    "IC9TaXplIDkgL1Jvb3QgOCAwIFIgPj4Kc3RhcnR4cmVmCjE0NTEKJSVFT0YK"
)
