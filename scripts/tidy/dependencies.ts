/** Every dependency is pinned to one version and justified in docs/dependencies.md. */
import type { Problem } from "./source-module";

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

export function checkDependencies(manifestText: string, docText: string): Problem[] {
  const manifest = JSON.parse(manifestText) as Manifest;
  const pinned = { ...manifest.dependencies, ...manifest.devDependencies };
  const problems: Problem[] = [];
  const report = (text: string) => problems.push({ line: 1, text });
  const justified = [...docText.matchAll(/^- `([^`]+)`: .+/gm)].map((match) => match[1]);
  for (const [name, version] of Object.entries(pinned)) {
    if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) report(`${name} is not pinned: ${version}`);
    if (!justified.includes(name)) report(`${name} has no line in docs/dependencies.md`);
  }
  for (const name of justified) {
    if (!Object.hasOwn(pinned, name)) report(`${name} is justified but not in package.json`);
  }
  return problems;
}
