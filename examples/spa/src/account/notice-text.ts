/** What has happened to sessions of the account, as one sentence each. */
import type { Client, Notice } from '../shapes.ts'
import type { Texts } from '../texts/en.ts'
import type { Words } from '../words.ts'

export function noticeSentence(
  { type, at, presentedBy, rotatedBy }: Notice,
  { notices }: Texts,
  { dateAndTime, deviceName }: Words,
): string {
  const nameOf = ({ ip, userAgent }: Client): string => notices.client(deviceName(userAgent), ip)
  const when = dateAndTime(at)
  const client = nameOf(presentedBy)
  switch (type) {
    case 'refresh-reused':
      return notices.reused(when, client, rotatedBy && nameOf(rotatedBy))
    case 'session-fell-back':
      return notices.fellBack(when, client)
    case 'session-forwarded':
      return notices.forwarded(when, client)
  }
}

/** Whether a copied cookie can be the cause. */
export const mayBeTheft = ({ type }: Notice): boolean => type !== 'session-forwarded'
