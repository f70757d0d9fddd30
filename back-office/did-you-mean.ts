/** For messages: the known word that somebody who typed `word` probably meant, or all of them. */
export function didYouMean(word: string, known: readonly string[], all = "known"): string {
  const distances = known.map((candidate) => distance(word.toLowerCase(), candidate.toLowerCase()));
  const best = Math.min(...distances);
  const isClose = best <= Math.max(1, Math.floor(word.length / 2));
  if (!isClose) return `; ${all}: ${known.join(", ")}`;
  const nearest = known.filter((_, index) => distances[index] === best);
  const likely = nearest.find((candidate) => candidate[0] === word[0]) ?? nearest[0];
  return `; did you mean "${likely}"?`;
}

/** Insertions, deletions and replacements between two words (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let k = 0; k < b.length; k++) {
      const replaced = row[k] + (a[i] === b[k] ? 0 : 1);
      next.push(Math.min(replaced, row[k + 1] + 1, next[k] + 1));
    }
    row = next;
  }
  return row[b.length];
}
