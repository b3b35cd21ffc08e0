// "13 times" in every language's forms. The page gives the catalog's words for a few numbers,
// chosen so that every plural form of every language is among them.

const SAMPLES = [0, 1, 2, 3, 11, 100];

/** From "0 times|1 time|2 times|…", one for each of SAMPLES: a function from a count to its words. */
export function counter(texts) {
  const language = document.documentElement.lang;
  const rules = new Intl.PluralRules(language);
  const forms = new Map(
    texts
      .split("|")
      .map((text, place) => [rules.select(SAMPLES[place]), [SAMPLES[place], text.trim()]]),
  );
  return (count) => {
    const [sample, text] = forms.get(rules.select(count)) ?? forms.get("other");
    return text.replace(String(sample), String(count));
  };
}
