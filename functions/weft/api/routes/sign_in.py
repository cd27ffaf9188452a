"""The page behind a one-time sign-in link: looking at it does nothing, its button signs in."""

from html import escape
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from weft.api.access import Endpoint
from weft.api.asked import options_of
from weft.api.cookies import refuse_other_sites, set_refresh_cookie
from weft.api.routes.auth import attempt, redeem, too_many
from weft.domain.errors import Unauthenticated

_CSP: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_MAX_TOKEN: Final = 200
_DONE: Final = "done"
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in to Weft</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh;
  display: grid; place-items: center; color: #1c2430; background: #f4f6f9; }}
main {{ background: #fff; padding: 2rem 2.5rem; border-radius: .75rem; max-width: 22rem;
  box-shadow: 0 1px 3px rgb(0 0 0 / .15); }}
h1 {{ font-size: 1.25rem; margin: 0 0 1rem; }}
button {{ font: inherit; margin-top: 1rem; padding: .5rem 1.25rem; border: 0;
  border-radius: .5rem; background: #1f5fbf; color: #fff; cursor: pointer; }}
</style></head><body><main><h1>{title}</h1>{content}</main></body></html>
"""
_FORM: Final = """<form method="post" action="/sign-in">
<input type="hidden" name="token" value="{token}">
<label><input type="checkbox" name="remember_me" value="1"> Remember me for 30 days</label><br>
<button type="submit" autofocus>Sign in</button></form>
"""


async def show_sign_in(request: Request) -> Response:
    """A page with a button. Mail scanners that open the link use nothing up."""
    if request.url.query == _DONE:
        return _page("Signed in", "<p>This server has no editor; you may close this page.</p>")
    token = request.query_params.get("token", "")
    if not token or len(token) > _MAX_TOKEN:
        return _page("Sign in", "<p>Open the link that <code>weft</code> printed.</p>", 400)
    return _page("Sign in to Weft", _FORM.format(token=escape(token, quote=True)))


async def submit_sign_in(request: Request) -> Response:
    """Redeem the link, keep the session in its cookie, go to the editor."""
    refuse_other_sites(request)
    allowance = attempt(request)
    if not allowance.ok:
        return too_many(allowance)
    form = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=8)
    token = form.get("token", [""])[0][:_MAX_TOKEN]
    try:
        issued = await redeem(request, token, "remember_me" in form)
    except Unauthenticated as error:
        return _page("Not signed in", f"<p>{escape(str(error))}.</p>", 401)
    editor = options_of(request).web_root is not None
    answer = RedirectResponse("/" if editor else f"/sign-in?{_DONE}", 303)
    set_refresh_cookie(request, answer, issued.session, issued.refresh_token)
    return answer


def _page(title: str, content: str, status: int = 200) -> Response:
    html = _PAGE.format(title=title, content=content)
    return HTMLResponse(html, status, {"content-security-policy": _CSP})


ENDPOINTS = (
    Endpoint("GET", "/sign-in", show_sign_in, None, base="", tag="auth"),
    Endpoint("POST", "/sign-in", submit_sign_in, None, status=303, base="", tag="auth"),
)
