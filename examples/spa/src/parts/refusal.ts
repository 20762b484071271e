import type { Refusal } from '../api.ts'
import { texts, words } from '../texts/current.ts'
import { refusalText } from '../texts/refusal-text.ts'

/** What a refusal says, in the language of the page. */
export const textOfRefusal = (refusal: Refusal): string => refusalText(refusal, texts, words.duration)
