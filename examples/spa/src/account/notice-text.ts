/** What has happened to sessions of the account, as one sentence each. */
import type { Client, Notice } from '../shapes.ts'
import { dateAndTime, deviceName } from '../words.ts'

const clientName = ({ ip, userAgent }: Client): string => `${deviceName(userAgent)} at ${ip}`

export function noticeSentence({ type, at, presentedBy, rotatedBy }: Notice): string {
  const when = `On ${dateAndTime(at)},`
  const client = clientName(presentedBy)
  switch (type) {
    case 'refresh-reused': {
      const session = rotatedBy ? `the session of ${clientName(rotatedBy)}` : 'a session of this account'
      return `${when} ${session} was ended, because ${client} presented an old copy of its cookie.`
    }
    case 'session-fell-back':
      return `${when} ${client} presented an older copy of a cookie that was already replaced, and was let in once.`
    case 'session-forwarded':
      return `${when} ${client} presented a cookie that was newer than the restored database, and stayed signed in.`
  }
}

/** Whether a copied cookie can be the cause. */
export const mayBeTheft = ({ type }: Notice): boolean => type !== 'session-forwarded'
