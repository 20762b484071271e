/** Which language a mail has. */

const MAX_TAG_LENGTH = 35

/** RFC 5646: the subtags that Intl accepts. */
function isTag(text: string): boolean {
  try {
    return text.length <= MAX_TAG_LENGTH && Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

/** Returns the language that a client prefers: the first tag of an Accept-Language header, or null. */
export function preferredLanguage(header: string | undefined): string | null {
  const first = (header ?? '').replace(/[,;].*$/s, '').trim()
  return isTag(first) ? first : null
}

/**
 * Returns the language of a list that fits a locale best: `ja-JP` gets `ja-JP`, else `ja`, else
 * `fallback`.
 */
export function nearestLanguage(locale: string | null, known: readonly string[], fallback: string): string {
  let wanted = (locale ?? '').toLowerCase()
  while (wanted !== '') {
    const found = known.find((each) => each.toLowerCase() === wanted)
    if (found !== undefined) return found
    wanted = wanted.slice(0, Math.max(0, wanted.lastIndexOf('-')))
  }
  return fallback
}
