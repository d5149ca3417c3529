"""Words that say nothing about what is shown, in the languages that people write titles in."""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    a about after again all also am an and any are as at back be because been before being but by can could
    did do does doing don down each even few for from get go going good got had has have he her here him his
    how i if in into is isn it its just know let like look make me more most much my no not now of off oh ok
    okay on one only or other our out over own really right said same say see she should so some such take
    than that the their them then there these they thing think this those through to too two under until up
    us very want was way we well were what when where which while who why will with would yeah yes you your

    aber alle als also am an auch auf aus bei bin bis da das dass dem den der des die dies diese dieser doch
    du durch ein eine einem einen einer es für hat haben ich ihr im in ist ja kann man mehr mein mit nach
    nicht noch nun nur ob oder schon sehr sein sich sie sind so über um und uns unter vom von vor war was
    wenn werden wie wieder wir wird zu zum zur

    au aux avec ce ces cette dans de des du elle en est et eux il ils je la le les leur lui ma mais mes moi
    mon ne nos notre nous on ou où par pas plus pour qu que qui sa sans se ses son sont sur ta te tes très
    tu un une vos votre vous

    al algo como con cuando del desde donde el ella ellos era eres es esta este esto fue ha han hasta hay
    los las lo me mi muy nada ni nos o para pero por porque que quien se sin sobre su sus también te tiene
    todo tu un una uno unos y ya yo

    alla alle anche che chi ci come con cosa da dal della delle di dove e era gli ha ho il io l le loro ma
    mi molto nel nella non o per perché più quella quello questa questo sono su tra tutti un una uno voi

    ao aos as até com da das do dos e ela ele em essa esse eu foi isso mais mas meu na não nas no nos num os
    ou para pela pelo por sem seu sua também tem uma você

    aan als bij dan dat de die dit door een en er het hij hoe ik in is je kan maar met mijn na naar niet nog
    of om ook op over te toch uit van veel voor was wat we wel wij worden zijn ze zo

    av den det detta du då efter en ett från för har hon i inte jag kan med mig min mot men när nu och om
    på sig sin som så till under ut vi vad var är

    channel clip copy episode extended final footage full hd img index kopie mov movie mp new part pxl
    render scene sequence take test track untitled upload ver version vid video videos export draft take
"""
STOP_WORDS: Final = frozenset(_WORDS.split())
