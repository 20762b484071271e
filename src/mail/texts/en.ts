import type { MailTexts } from './texts.ts'

const NOT_YOU = 'If this was not you, choose a new password now. All devices are then signed out.'

const days = (minutes: number): string => `${Math.round(minutes / 1_440)} days`

export const en: MailTexts = {
  'password-reset': ({ service, link, minutes }) => ({
    subject: `Choose a new password for ${service}`,
    paragraphs: [`You, or another person, asked for a new password for your ${service} account.`],
    action: { label: 'Choose a new password', link },
    after: [
      `The link works once, for ${minutes} minutes. A newer mail voids it.`,
      'If you did not ask for it, do nothing. Your password stays as it is.',
    ],
  }),
  'password-changed': ({ service, when, where, by, link }) => ({
    subject: `Your ${service} password was changed`,
    paragraphs: [
      by === 'operator'
        ? `An administrator changed the password of your ${service} account.`
        : `The password of your ${service} account was changed${by === 'link' ? ' by a link that was mailed to you' : ''}.`,
      `When: ${when}`,
      ...(by === 'operator' ? [] : [`Where: ${where}`]),
      `All ${by === 'owner' ? 'other ' : ''}devices have been signed out. If this was you, there is nothing to do.`,
      by === 'operator' ? 'If you did not expect this, ask an administrator.' : NOT_YOU,
    ],
    action: { label: 'Choose a new password', link },
  }),
  'session-reused': ({ service, when, where, link }) => ({
    subject: `A device was signed out of ${service}`,
    paragraphs: [
      `A copy of the sign-in of one of your devices was used, so ${service} ended it.`,
      `When: ${when}`,
      `Where: ${where}`,
      'An attacker may have copied it. Choose a new password, and check the device for malware.',
    ],
    action: { label: 'Choose a new password', link },
  }),
  'account-disabled': ({ service, when }) => ({
    subject: `Your ${service} account was disabled`,
    paragraphs: [
      `An administrator disabled your ${service} account. All devices have been signed out.`,
      `When: ${when}`,
      'If you do not know why, ask an administrator.',
    ],
  }),
  'account-deleted': ({ service, when, where, by }) => ({
    subject: `Your ${service} account was deleted`,
    paragraphs: [
      by === 'operator'
        ? `An administrator deleted your ${service} account.`
        : `Your ${service} account was deleted.`,
      `When: ${when}`,
      ...(by === 'operator' ? [] : [`Where: ${where}`]),
      'If this was not you, ask an administrator.',
    ],
  }),
  'new-sign-in': ({ service, when, where, link }) => ({
    subject: `New sign-in to ${service}`,
    paragraphs: [
      `A browser that your ${service} account does not know has signed in to it.`,
      `When: ${when}`,
      `Where: ${where}`,
      `If this was you, there is nothing to do. ${NOT_YOU}`,
    ],
    action: { label: 'Choose a new password', link },
  }),
  'email-confirmation': ({ service, link, minutes }) => ({
    subject: `Confirm your address for ${service}`,
    paragraphs: [`Confirm that this is the address of your ${service} account.`],
    action: { label: 'Confirm the address', link },
    after: [
      `The link works once, for ${Math.round(minutes / 60)} hours.`,
      'If you have no account there, do nothing: another person has typed your address.',
    ],
  }),
  registration: ({ service, link, minutes, when, where }) => ({
    subject: `Confirm your address for ${service}`,
    paragraphs: [
      `You, or another person, asked for a ${service} account with this address.`,
      `When: ${when}`,
      `Where: ${where}`,
      'If this was you, confirm the address. You then sign in with the password that you chose.',
    ],
    action: { label: 'Confirm the address', link },
    after: [
      `The link works once, for ${Math.round(minutes / 60)} hours.`,
      'If this was not you, do nothing: the link would let the other person in with your address.',
    ],
  }),
  invitation: ({ service, link, minutes }) => ({
    subject: `You are invited to ${service}`,
    paragraphs: [
      `An administrator has created a ${service} account for you. Choose a password, and then sign in with this address.`,
    ],
    action: { label: 'Choose a password', link },
    after: [
      `The link works once, for ${Math.round(minutes / 1440)} days. A newer mail voids it.`,
      'If you do not expect this, do nothing.',
    ],
  }),
  'registration-attempt': ({ service, link, when, where }) => ({
    subject: `You already have a ${service} account`,
    paragraphs: [
      `You, or another person, tried to create a ${service} account with your address. You already have one, and nothing has changed.`,
      `When: ${when}`,
      `Where: ${where}`,
      'If this was you, sign in. If you have forgotten the password, choose a new one.',
    ],
    action: { label: 'Choose a new password', link },
  }),
  'email-change': ({ service, link, minutes }) => ({
    subject: `Confirm your new address for ${service}`,
    paragraphs: [
      `The owner of a ${service} account wants to use this address for it. Confirm that it is yours.`,
    ],
    action: { label: 'Confirm the address', link },
    after: [
      `The link works once, for ${Math.round(minutes / 60)} hours.`,
      'If you did not ask for this, do nothing: another person has typed your address.',
    ],
  }),
  'email-taken': ({ service, link }) => ({
    subject: `Your address is in use at ${service}`,
    paragraphs: [
      `You, or another person, tried to use your address for another ${service} account. It belongs to an account already, or did until a few days ago. Nothing has changed.`,
      'If that account is yours and you have forgotten its password, choose a new one.',
    ],
    action: { label: 'Choose a new password', link },
  }),
  'email-change-requested': ({ service, when, where, link, minutes }) => ({
    subject: `A new address for your ${service} account`,
    paragraphs: [
      `Your ${service} account is to get another address. It changes when the other address has confirmed it.`,
      `When: ${when}`,
      `Where: ${where}`,
      'If this was you, there is nothing to do here: open the mail to the new address.',
      'If this was not you, keep this address. All devices are then signed out, and you choose a new password.',
    ],
    action: { label: 'Keep this address', link },
    after: [`The link works once, until ${days(minutes)} after the change.`],
  }),
  'email-changed': ({ service, when, where, link, minutes }) => ({
    subject: `Your ${service} account has another address`,
    paragraphs: [
      `The address of your ${service} account was changed. Mail about it no longer comes here.`,
      `When: ${when}`,
      `Where: ${where}`,
      'If this was you, there is nothing to do.',
      'If this was not you, put this address back. All devices are then signed out, and you choose a new password.',
    ],
    action: { label: 'Put this address back', link },
    after: [`The link works once, for ${days(minutes)}.`],
  }),
  'email-restored': ({ service, when, where, link }) => ({
    subject: `Your ${service} account has this address again`,
    paragraphs: [
      `A link from a mail to this address has kept it for your ${service} account, or put it back. All devices have been signed out, and the password does not work any more.`,
      `When: ${when}`,
      `Where: ${where}`,
      'Choose a new password, which you use nowhere else. Then you can sign in.',
    ],
    action: { label: 'Choose a new password', link },
  }),
  'email-removed': ({ service, when }) => ({
    subject: `This address was taken from your ${service} account`,
    paragraphs: [
      `The ${service} account with this address has its earlier address again.`,
      `When: ${when}`,
      'If you do not know why, ask an administrator.',
    ],
  }),
  client({ browser, system, ip }) {
    const program = browser ?? 'An unknown program'
    const device = system === null ? program : `${program} on ${system}`
    return ip === null ? device : `${device}, from the network address ${ip}`
  },
  footer: ({ service, address }) => `${service} sent this mail to ${address}. Do not reply to it.`,
}
