"""Who is acting: a registered person, known by the operating-system account or by their own password."""

from retention.domain.people import Person
from retention.errors import RefusedByPolicyError
from retention.services.registering import verify
from retention.store import people
from retention.store.catalogue import Catalogue


def person_of_account(catalogue: Catalogue, os_user: str) -> Person:
    """Return the person registered for the operating-system account.

    Raises:
        RefusedByPolicyError: Nobody is, or they are no longer in post.
    """
    with catalogue.reading() as tx:
        person = people.person_of_os_user(tx, os_user)
    if person is None or person.is_retired:
        raise RefusedByPolicyError(
            what=f"nobody in the register uses the account {os_user!r}",
            not_done="Nothing was done in anybody's name.",
            next_step="Name yourself with --as, or have the account entered: retention users add",
        )
    return person


def person_by_password(catalogue: Catalogue, person_id: str, password: str) -> Person:
    """Return the person, if the password is theirs.

    Raises:
        RefusedByPolicyError: It is not, or they have none, are unknown or no longer in post (all alike, so
            that nobody learns which).
    """
    with catalogue.reading() as tx:
        person = next((one for one in people.people(tx) if one.person_id == person_id), None)
        stored = None if person is None else people.password_hash(tx, person.person_id)
    if person is None or person.is_retired or stored is None or not verify(stored, password):
        raise RefusedByPolicyError(
            what=f"{person_id} did not sign in: name or password is wrong",
            not_done="Nothing was done in their name.",
            next_step="Try again, or have the password set anew by an administrator.",
        )
    return person
