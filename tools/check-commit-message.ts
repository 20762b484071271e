/**
 * Checks commit messages against the rules of CONTRIBUTING.md.
 *
 * `node tools/check-commit-message.ts FILE` checks the message in a file, as the hook commit-msg
 * does. `node tools/check-commit-message.ts --range A..B` checks every commit of a range, except
 * merges.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const MAX_SUBJECT_LENGTH = 72

/** What changes the program says which part of it. */
const NEEDS_SCOPE = ['feat', 'fix', 'perf', 'refactor']
const TYPES = [...NEEDS_SCOPE, 'test', 'docs', 'build', 'ci', 'chore', 'revert']

const SUBJECT = /^(?<type>[a-z]+)(?:\((?<scope>[a-z0-9./, -]+)\))?!?: (?<text>.+)$/

/** Forms of frequent verbs that are not the imperative. */
const NOT_IMPERATIVE =
  /^(?:(?:add|fix|change|remove|update|use|keep|rename|move|test|document|improve|let|say|show|run|check|allow)(?:s|es|d|ed|ing)|made|makes|making|kept|said|ran)\b/i

/** Lines that git leaves out: comments, and what follows its scissors. */
const withoutComments = (message: string): string =>
  message
    .replace(/^# -+ >8 -+\n[\s\S]*/m, '')
    .replace(/^#.*\n?/gm, '')
    .trimEnd()

/** @returns what is wrong, a sentence each */
export function problemsOf(message: string): string[] {
  const [subject = '', second] = withoutComments(message).split('\n')
  // git writes these itself, and a rebase takes them away.
  if (/^(?:Merge |Revert "|fixup! |squash! |amend! )/.test(subject)) return []

  const { type = '', scope, text = '' } = SUBJECT.exec(subject)?.groups ?? {}
  if (type === '') return ['The subject must have the form "type(scope): imperative".']
  const rules: [boolean, string][] = [
    [!TYPES.includes(type), `The type "${type}" must be one of: ${TYPES.join(', ')}.`],
    [
      NEEDS_SCOPE.includes(type) && scope === undefined,
      `The type "${type}" needs a scope: ${type}(part): ….`,
    ],
    [
      subject.length > MAX_SUBJECT_LENGTH,
      `The subject has ${subject.length} characters. ${MAX_SUBJECT_LENGTH} are allowed.`,
    ],
    [text.endsWith('.'), 'The subject must not end with a full stop.'],
    [NOT_IMPERATIVE.test(text), 'The subject must be in the imperative: "add", not "added" or "adds".'],
    [second !== undefined && second !== '', 'An empty line must follow the subject.'],
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, sentence]) => sentence)
}

const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' })

function messagesOf(args: readonly string[]): string[] {
  const [first, range] = args
  if (first === '--range' && range !== undefined) {
    const commits = git('rev-list', '--no-merges', range).split('\n').filter(Boolean)
    return commits.map((commit) => git('log', '-1', '--format=%B', commit))
  }
  if (first === undefined || args.length > 1)
    throw new Error('Give a file, or --range and a range of commits.')
  return [readFileSync(first, 'utf8')]
}

if (import.meta.main) {
  for (const message of messagesOf(process.argv.slice(2))) {
    for (const problem of problemsOf(message)) {
      process.stderr.write(`${message.split('\n', 1)[0]}\n  ${problem}\n`)
      process.exitCode = 1
    }
  }
}
