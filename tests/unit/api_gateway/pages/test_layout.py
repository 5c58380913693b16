"""The frame of every page."""

from api_gateway.pages.layout import PLACES, content_security_policy, page


def test_a_page_without_scripts_may_run_none() -> None:
    """The strictest policy is the default one."""
    policy = content_security_policy()

    assert policy == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def test_scripts_come_from_here_alone() -> None:
    """Scripts are files of ours, never inline, and talk to nobody but the gateway."""
    policy = content_security_policy(scripts=True, inline_styles=True)

    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


def test_a_title_is_text() -> None:
    """Markup in a title is shown, not obeyed."""
    made = page("<script>", "", here="/docs")

    assert "<title>&lt;script&gt; · HuleEdu API Gateway</title>" in made


def test_the_menu_leads_everywhere_and_says_where_one_is() -> None:
    """Each page links to the others and marks itself."""
    made = page("Errors", "", here="/v1/errors")

    assert all(f'<a href="{place}"' in made for place in PLACES)
    assert '<a href="/v1/errors" aria-current=page>' in made
    assert made.count("aria-current") == 1
