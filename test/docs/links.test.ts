/** Every relative link of the documents leads to a file, and every anchor to a heading. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DOCUMENTS = globSync(['*.md', 'docs/*.md', 'examples/**/*.md'], {
  cwd: ROOT,
  exclude: (path) => path.includes('node_modules'),
})

/** A document without what only looks like a link or a heading. */
const textOf = (path: string): string =>
  readFileSync(join(ROOT, path), 'utf8')
    .replaceAll(/^(```+)[^\n]*\n[\s\S]*?^\1$/gm, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '')

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of textOf(path).matchAll(/^#{1,6} +(.+)$/gm)) {
    const slug = heading
      .trim()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let number = 1; anchors.has(anchor); number += 1) anchor = `${slug}-${number}`
    anchors.add(anchor)
  }
  return anchors
}

function* brokenLinks(path: string): Iterable<string> {
  const text = textOf(path).replaceAll(/`[^`\n]*`/g, '')
  const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:href|src|srcset)="([^"]+)"/g)]
  for (const [, inline, attribute] of links) {
    const link = String(inline ?? attribute)
    if (/^[a-z]+:/.test(link)) continue
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : join(dirname(path), decodeURIComponent(file))
    if (!existsSync(join(ROOT, target))) yield `${path}: ${link} is no file`
    else if (anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor))
      yield `${path}: ${link} is no heading`
  }
}

t.test('every relative link of a document leads to a file, and every anchor to a heading', async (t) => {
  t.ok(DOCUMENTS.includes('README.md'))
  t.ok(DOCUMENTS.length > 15)
  t.strictSame(
    DOCUMENTS.flatMap((path) => [...brokenLinks(path)]),
    [],
  )
})
