import type { Source } from './row.ts'
import {
  admin,
  badInput,
  changeOfAddress,
  document,
  failedSignIn,
  forgotten,
  guessing,
  inTheBrowser,
  invitation,
  knownBrowser,
  newPassword,
  notices,
  passwordRules,
  proof,
  rateLimits,
  registration,
  reset,
  settings,
  signIn,
  start,
  tokenEndpoint,
} from './tests.ts'

const ONE_FACTOR = 'A password is the only factor; there are no codes of any kind.'
const NO_PHONES = 'No code is sent to phones or anywhere else.'
const NO_CERTIFICATES = 'There is no sign-in with a certificate or a key.'
const NO_PROVIDERS = 'There is no sign-in by way of another provider.'

export const authentication: Source = {
  name: 'ASVS 5.0',
  title: 'OWASP ASVS 5.0, V6 Authentication',
  rows: [
    {
      at: 'V6.1.1',
      demand: 'L1',
      says: 'The documentation says how guessing is fought, how that is set, and how owners are not locked out by it',
      passes:
        'a browser that the account knows gets in while strangers are paused; docs/sign-in.md documents it',
      tests: [knownBrowser.getsIn, guessing.pauses],
    },
    {
      at: 'V6.1.2',
      demand: 'L2',
      says: 'The words that passwords must not be made of are documented',
      passes:
        'passwords made of the service, the address or the name are refused; docs/sign-in.md lists these words',
      tests: [passwordRules.ownWords],
    },
    {
      at: 'V6.1.3',
      demand: 'L2',
      says: 'All ways to sign in are documented, with the controls that they have in common',
      passes:
        'three routes take a password to sign in, and share a limit with each route that asks for it again; docs/sign-in.md has all of them',
      tests: [document.waysIn, rateLimits.strict, proof.limited],
    },
    {
      at: 'V6.2.1',
      demand: 'L1',
      says: 'Passwords have at least 8 characters, better 15',
      passes: 'the default is 15, and the lowest setting is 8',
      tests: [registration.reasons, registration.leastLength, settings.refused, passwordRules.length],
    },
    {
      at: 'V6.2.2',
      demand: 'L1',
      says: 'People can change their password',
      passes: 'after a change the new password signs in, and the old one does not',
      tests: [newPassword.signsIn],
    },
    {
      at: 'V6.2.3 (later)',
      demand: 'L1',
      says: 'Changing a password takes the current one',
      passes:
        'an hour after signing in it stays as it is without the current password; a wrong one never changes it',
      tests: [proof.later, proof.right],
    },
    {
      at: 'V6.2.4',
      demand: 'L1',
      says: 'New passwords are checked against the 3000 most common ones that keep the rules',
      passes:
        'the 3000 most common of eight characters and more are refused, at registration and at a change',
      tests: [passwordRules.listed, passwordRules.common, registration.reasons, newPassword.notGoodEnough],
    },
    {
      at: 'V6.2.5',
      demand: 'L1',
      says: 'Characters of any kind are allowed and none is demanded',
      passes: 'small letters alone, digits alone, spaces, signs, other scripts and pictures are all accepted',
      tests: [passwordRules.noKindDemanded],
    },
    {
      at: 'V6.2.6',
      demand: 'L1',
      says: 'Password fields mask what is typed',
      passes: 'every field for a password masks it until its button shows it',
      tests: [inTheBrowser.masked],
    },
    {
      at: 'V6.2.7',
      demand: 'L1',
      says: 'Pasting and password managers are allowed',
      passes:
        'what is pasted into a field is there whole, and each field says what it is for, so that it can be filled in',
      tests: [inTheBrowser.pasted],
    },
    {
      at: 'V6.2.8',
      demand: 'L1',
      says: 'The password is verified as it was received, not cut and not in another case',
      passes: 'another case, a letter less, a letter more, or a space around it does not sign in',
      tests: [signIn.whole],
    },
    {
      at: 'V6.2.9',
      demand: 'L2',
      says: 'Passwords of 64 characters and more are allowed',
      passes: '64 and 256 characters are accepted, of any script',
      tests: [passwordRules.length, signIn.whole],
    },
    {
      at: 'V6.2.10',
      demand: 'L2',
      says: 'A password stays good until its owner changes it or it is known to have leaked',
      passes: 'a password that was set thirty years ago signs in and asks for nothing',
      tests: [signIn.oldPassword],
    },
    {
      at: 'V6.2.11',
      demand: 'L2',
      says: 'Words that belong to the context are not accepted as passwords',
      passes: 'passwords made of the service, the address or the name are refused',
      tests: [passwordRules.ownWords, registration.reasons],
    },
    {
      at: 'V6.3.1',
      demand: 'L1',
      says: 'Guessing and stuffing of passwords is fought as documented',
      passes: 'an account that is guessed at pauses, and an address that tries too often is told to wait',
      tests: [guessing.pauses, rateLimits.strict],
    },
    {
      at: 'V6.3.2',
      demand: 'L1',
      says: 'There are no default accounts',
      passes: 'a service has no account before the first registration, and none of the usual names signs in',
      tests: [start.noAccount],
    },
    {
      at: 'V6.3.4',
      demand: 'L2',
      says: 'There is no way in that is not documented, and all are equally strong',
      passes: 'guesses count together on every way in, and paths where others have a second one lead nowhere',
      tests: [guessing.tokenEndpoint, document.waysIn],
    },
    {
      at: 'V6.3.5',
      demand: 'L3',
      says: 'People are told of attempts to sign in that look suspicious',
      passes:
        'mail tells of a sign-in from a browser or a program that the account does not know, and of a copied token',
      tests: [notices.newSignIn, notices.reuse],
    },
    {
      at: 'V6.3.6',
      demand: 'L3',
      says: 'E-mail is not used to prove an identity',
      passes: 'signing in takes nothing but a password, and a code beside it is refused',
      tests: [badInput.refused, document.whole],
    },
    {
      at: 'V6.3.7',
      demand: 'L3',
      says: 'People are told when their credentials were changed',
      passes:
        'a new password is told by mail, set by the owner, an administrator or a link; a new address is told to the old one, when it is asked for and when it is made',
      tests: [notices.newPassword, forgotten.sets, changeOfAddress.changes],
    },
    {
      at: 'V6.3.8 (signing in)',
      demand: 'L3',
      says: 'A refusal does not tell whether there is an account',
      passes:
        'unknown and wrong are one answer to the letter, at every way in, and both take the work of a hash',
      tests: [failedSignIn.sameAnswer, failedSignIn.sameWork, tokenEndpoint.wrong],
    },
    {
      at: 'V6.4.1',
      demand: 'L1',
      says: 'Passwords and codes that the system makes are random, and good for a short time or once',
      passes:
        'a person who is invited chooses the password, by a link that works once, for seven days, until a newer one',
      tests: [invitation.accepted, invitation.voidLinks],
    },
    {
      at: 'V6.4.2',
      demand: 'L1',
      says: 'There are no password hints and no secret questions',
      passes: 'a hint or a question is not accepted',
      tests: [badInput.refused],
    },
    {
      at: 'V6.3.8 (registering)',
      demand: 'L3',
      says: 'Registering does not tell whether there is an account',
      passes:
        'with EMAIL_VERIFICATION=required, free, taken and disabled addresses get one answer after the same hash, and the owner of a taken one a mail; with off or optional, a taken one gets 409',
      tests: [registration.sameAnswer, registration.sameLimits],
    },
    {
      at: 'V6.3.8 (forgotten password)',
      demand: 'L3',
      says: 'A forgotten password does not tell whether there is an account',
      passes:
        'known, unknown and disabled addresses get one answer after the same rows, and only the known one a mail',
      tests: [forgotten.sameAnswer, forgotten.sameRows],
    },
    {
      at: 'V6.4.3',
      demand: 'L2',
      says: 'A forgotten password can be reset in a secure way',
      passes:
        'a mailed link works once, for half an hour, until the password changes or a newer one is asked for, and begins no session',
      tests: [forgotten.sets, forgotten.voidLinks, forgotten.afterChange, forgotten.limits],
    },
    {
      at: 'V6.4.3 (changed address)',
      demand: 'L2',
      says: 'The way back in is not taken along by a thief who changes the address',
      passes:
        'a link to the old address puts it back for three days, and no change of password or address in between hinders it',
      tests: [changeOfAddress.undone, changeOfAddress.chain],
    },
    {
      at: 'V6.3.8 (changing the address)',
      demand: 'L3',
      says: 'Asking for another address does not tell whether it has an account',
      passes: 'free and taken addresses get one answer after the same rows',
      tests: [changeOfAddress.sameAnswer],
    },
    {
      at: 'V6.4.4',
      demand: 'L2',
      says: 'A person who lost a second factor is identified anew',
      notApplicable: ONE_FACTOR,
    },
    {
      at: 'V6.4.5',
      demand: 'L3',
      says: 'People are reminded before a means of signing in expires',
      notApplicable: 'Passwords do not expire (V6.2.10).',
    },
    {
      at: 'V6.4.6',
      demand: 'L3',
      says: 'Administrators can start a reset without learning the password',
      passes: 'an administrator requires a new password, which only the person chooses',
      tests: [reset.nothingElse, admin.noPassword],
    },
    { at: 'V6.5.1', demand: 'L2', says: 'Codes are good once', notApplicable: ONE_FACTOR },
    {
      at: 'V6.5.2',
      demand: 'L2',
      says: 'Short look-up secrets are stored as passwords are',
      notApplicable: ONE_FACTOR,
    },
    { at: 'V6.5.3', demand: 'L2', says: 'Codes and seeds are random', notApplicable: ONE_FACTOR },
    { at: 'V6.5.4', demand: 'L2', says: 'Codes have at least 20 bits', notApplicable: ONE_FACTOR },
    { at: 'V6.5.5', demand: 'L2', says: 'Codes expire within minutes', notApplicable: ONE_FACTOR },
    {
      at: 'V6.5.6',
      demand: 'L3',
      says: 'Every factor can be revoked when it was stolen or lost',
      passes: 'the one factor there is, the password, is good for nothing once it was changed',
      tests: [newPassword.signsIn, newPassword.otherSessions],
    },
    { at: 'V6.5.7', demand: 'L3', says: 'Biometrics are never the only factor', notApplicable: ONE_FACTOR },
    {
      at: 'V6.5.8',
      demand: 'L3',
      says: 'Time-based codes go by a clock that is trusted',
      notApplicable: ONE_FACTOR,
    },
    { at: 'V6.6.1', demand: 'L2', says: 'Codes by phone are a last resort', notApplicable: NO_PHONES },
    {
      at: 'V6.6.2',
      demand: 'L2',
      says: 'Codes belong to the request they were made for',
      notApplicable: NO_PHONES,
    },
    { at: 'V6.6.3', demand: 'L2', says: 'Guessing of codes is limited', notApplicable: NO_PHONES },
    { at: 'V6.6.4', demand: 'L3', says: 'Push messages are limited', notApplicable: NO_PHONES },
    {
      at: 'V6.7.1',
      demand: 'L3',
      says: 'Certificates for signing in are kept safe from change',
      notApplicable: NO_CERTIFICATES,
    },
    {
      at: 'V6.7.2',
      demand: 'L3',
      says: 'Challenges have at least 64 bits and are unique',
      notApplicable: NO_CERTIFICATES,
    },
    {
      at: 'V6.8.1',
      demand: 'L2',
      says: 'One provider cannot speak for the people of another',
      notApplicable: NO_PROVIDERS,
    },
    { at: 'V6.8.2', demand: 'L2', says: 'Signatures of assertions are checked', notApplicable: NO_PROVIDERS },
    { at: 'V6.8.3', demand: 'L2', says: 'SAML assertions are used once', notApplicable: NO_PROVIDERS },
    {
      at: 'V6.8.4',
      demand: 'L2',
      says: 'Strength and time of a sign-in elsewhere are checked',
      notApplicable: NO_PROVIDERS,
    },
  ],
}
