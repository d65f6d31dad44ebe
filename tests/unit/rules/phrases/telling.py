"""What a parsed rule says, in one line, to compare it with a line of `statements.txt`."""

from rules import ClassState, OnRefusal, ParsedRule, PeriodKind, term_in_words


def told(rule: ParsedRule) -> str:
    if rule.state is ClassState.DESCRIPTIVE:
        return f"refused: {rule.refused}"
    parts = ["permanent" if rule.term is None else term_in_words(rule.term)]
    parts += [] if rule.action is None else [f"[{rule.action.name.lower()}]"]
    parts += [] if rule.period_kind is PeriodKind.MINIMUM else [f"({rule.period_kind.value})"]
    for clause in rule.clauses:
        term = "" if clause.clock is None else f" > {term_in_words(clause.clock)}"
        parts.append(f"/ {clause.combine.value} {clause.when}{term}")
    parts += [f"/ {one.kind.value} {one.words}" for one in rule.instructions]
    parts += [f"/ hold {words}" for words in rule.holds]
    parts += ["/ on refusal destroy"] if rule.on_refusal is OnRefusal.DESTROY else []
    return " ".join(parts)
