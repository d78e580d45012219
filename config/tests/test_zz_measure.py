from pathlib import Path
import pytest
from urllib.parse import urlencode
from config.tests.access_matrix import KNOCKS, Knock, address
from config.tests.principals import *
from config.tests.principals import _client

pytestmark=[pytest.mark.db]

def knock(row, world, who):
    method, route = row
    k = KNOCKS.get(f"{method} {route}", lambda w: Knock())(world)
    url = address(route, world)
    if k.query: url += "?" + urlencode(k.query)
    api = route.startswith("api/")
    client = who.api if api else who.page
    if method in ("GET","DELETE"):
        return client.generic(method, url) if not k.query else client.generic(method, url, QUERY_STRING=urlencode(k.query))
    if api:
        return client.generic(method, url, data=__import__("json").dumps(k.data), content_type="application/json")
    return client.post(url, k.data)

def test_measure(settings):
    settings.ACCORD_ANON_RATE = "off"
    settings.ACCORD_RATES = dict.fromkeys(settings.ACCORD_RATES, "off")
    rows=[l.rstrip("\n").split(" ") for l in open("/tmp/acc_rows.txt")]
    out=open("/tmp/acc_measured.txt","w")
    import time
    for setup in SETUPS:
        t=time.time()
        w=build(setup)
        print(setup, "built", time.time()-t)
        callers=[caller(w,n) for n in PRINCIPALS]
        for m,r,s in rows:
            if s!=setup: continue
            line=[]
            for c in callers:
                with undone():
                    try:
                        a=knock((m,r),w,c)
                        if a.streaming: b"".join(a.streaming_content)
                        line.append(str(a.status_code))
                        if a.status_code>=500: print(m,r,c.name,a.content[:300])
                    except Exception as e:
                        line.append("EXC"); print(m,r,c.name,repr(e)[:300])
            print(m, "/"+r, s, " ".join(line), file=out, flush=True)
        print(setup, time.time()-t)
