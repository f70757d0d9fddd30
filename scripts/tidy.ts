/**
 * `tidy.ts [FOLDER]` checks what the compiler and the linter do not: layers, sizes, banned words,
 * dead and barrel files, dependencies. Prints `file:line: problem` and fails if there is any.
 */
import { tidyProject } from "./tidy/tidy-project";

const problems = tidyProject(process.argv[2] ?? ".");
for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? "tidy" : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
