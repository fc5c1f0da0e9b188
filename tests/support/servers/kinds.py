"""All kinds of mail servers that tests are run against, by one name each: dovecot_qresync, cyrus, courier."""

from .courier import Courier
from .cyrus import Cyrus
from .dovecot import Dovecot

KINDS = {
    f"{kind.name}_{variant}" if variant else kind.name: (kind, variant)
    for kind in (Dovecot, Cyrus, Courier)
    for variant in kind.variants
}


def server(name, directory=None, **options):
    """A server of that kind, not started."""
    kind, variant = KINDS[name]
    return kind(directory, variant=variant, **options)
