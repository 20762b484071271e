/**
 * The texts of the pages in English. Other languages have the same keys: a missing one does not
 * compile. A text with a link or code in it is a list of parts.
 */

const characters = (count: number): string => `${count} character${count === 1 ? '' : 's'}`

/** Makes a part of a text: a link, or code. */
type Make<Part> = (text: string) => Part

export const en = {
  moment: 'One moment…',
  loading: 'Loading…',
  busy: 'One moment',
  tryAgain: 'Try again',
  cancel: 'Cancel',
  showMore: 'Show more',
  saved: 'Saved.',
  justNow: 'just now',
  unknownDevice: 'Unknown device',
  device: (product: string, system: string) => `${product} on ${system}`,
  thisDevice: 'this device',
  lastSeen: (ago: string, ip: string) => `${ago} from ${ip}`,
  signedInAt: (time: string) => `Signed in ${time}`,
  /** Joins what is said of one thing: `Chrome, from 192.0.2.1`. */
  list: (parts: readonly string[]) => parts.join(', '),

  frame: {
    main: 'Main',
    live: 'Live',
    account: 'Account',
    administration: 'Administration',
    signOut: 'Sign out',
    links: 'Links',
    reference: 'API reference',
    readme: 'README',
  },

  notFound: {
    title: 'Page not found',
    about: <Part>(link: Make<Part>) => [
      'There is no page at this address. Check it for a typing error, or ',
      link('go to the first page'),
      '.',
    ],
  },

  welcome: {
    label: 'What this is',
    motto: 'Sign in once. Never notice a token again.',
    about:
      'When the access token has run out, the server refreshes the session in the middle of the request, and the request goes on.',
    code: 'This page holds no token. All its code for that is',
  },

  signIn: {
    title: 'Sign in',
    ended: 'You have been signed out. Sign in to go on where you were.',
    email: 'E-mail address',
    password: 'Password',
    remember: 'Stay signed in on this device',
    submit: 'Sign in',
    without: <Part>(link: Make<Part>) => ['No account yet? ', link('Create one')],
  },

  forgot: {
    question: 'Forgot your password?',
    title: 'Forgot your password?',
    about: 'Enter your address. We send you a mail with a link to choose a new password.',
    submit: 'Send the mail',
    back: 'Back to the sign-in',
    sentTitle: 'We have sent you a mail',
    sent: (email: string) =>
      `If ${email} has an account, a mail is on its way. Its link works once, for 30 minutes.`,
    nothing: 'No mail? Look among the unwanted mail, and check the address.',
    open: 'Open the mail (in development, it is not sent)',
    again: 'Send it again',
    sentAgain: 'Sent again. Only the link of the newest mail works.',
    choose: 'Every device is then signed out, and you sign in with the new password.',
    another: 'Ask for another mail',
    doneTitle: 'Your password has been changed',
    done: 'Every device has been signed out.',
    signIn: 'Sign in with the new password',
  },

  confirm: {
    title: 'Confirm your address',
    about: 'If you gave this address for your account, confirm that it is yours.',
    submit: 'Confirm the address',
    done: 'Confirmed.',
    next: 'Go on',
    banner: (email: string) => `The address ${email} is not confirmed. Open the link in the mail to it.`,
    again: 'Send the mail again',
    sent: 'A mail is on its way, unless three were sent in the last hour.',
  },

  address: {
    title: 'E-mail address',
    about: 'You sign in with it, and mail about the account goes there.',
    next: 'New e-mail address',
    password: 'Password of the account',
    submit: 'Send a link to it',
    sent: (email: string) =>
      `We have sent a mail to ${email}. Open its link to make it the address of your account. The link works once, for 24 hours.`,
    again: 'Send it again, or to another address',
  },

  keep: {
    title: 'Keep your address',
    about:
      'If you have not changed the address of your account, keep this one, or put it back. Every device is then signed out, and the password does not work any more.',
    submit: 'Keep this address',
    leave: 'If you have changed it yourself, close this page.',
    doneTitle: 'Your account has this address',
    done: 'Every device has been signed out, and the password does not work any more. Choose a new one now, which you use nowhere else.',
    next: 'Choose a new password',
  },

  createAccount: {
    title: 'Create an account',
    name: 'Name (if you like)',
    submit: 'Create account',
    sent: (email: string) =>
      `A mail to ${email} is on its way. Confirm the address by its link, and then sign in. The link works once, for 24 hours.`,
    sentAgain: 'Sent again. Each of the links works, until one is used.',
    have: <Part>(link: Make<Part>) => ['Have an account? ', link('Sign in')],
  },

  password: {
    show: 'Show',
    /** Said to a screen reader after "Show". */
    shown: (label: string) => ` ${label.toLowerCase()}`,
    advice: 'Several words that do not belong together are easy to remember and hard to guess.',
    atLeast: (count: number) => `At least ${characters(count)}. `,
    soFar: (count: number) => `${characters(count)} so far.`,
    missing: (count: number) => `${characters(count)} more to go.`,
    enough: (count: number) => `${characters(count)}: long enough.`,
    refusedBefore: (why: string) => ` Of the last one the service said: ${why}`,
  },

  account: {
    title: 'Account',
    lead: (email: string, since: string, isAdministrator: boolean) =>
      `${email}, ${isAdministrator ? 'administrator, ' : ''}since ${since}`,
    profile: 'Profile',
    name: 'Name',
    save: 'Save',
    signInNotices: 'Mail me about sign-ins from new browsers',
    passwordTitle: 'Password',
    passwordAbout: 'A new password signs out every other device.',
    current: 'Current password',
    next: 'New password',
    change: 'Change password',
    changed: 'Changed. All other devices have been signed out.',
    required: 'Choose a new password',
    requiredAbout: 'An administrator has asked for one. Everything else goes on once you have chosen it.',
    deleteTitle: 'Delete account',
    deleteAbout: 'The account and all its sessions go at once, and do not come back.',
    deleteSummary: 'Delete this account…',
    deleteSubmit: 'Delete account for good',
    yourPassword: 'Your password',
  },

  devices: {
    title: 'Devices',
    about: 'Where this account is signed in. What is signed out here is out at once.',
    signOut: 'Sign out',
    /** Said to a screen reader after "Sign out". */
    which: (device: string) => ` ${device}`,
    askHere: 'Sign out here? You then have to sign in again.',
    ask: (device: string, ip: string) => `Sign out ${device} at ${ip}?`,
    confirm: 'Yes, sign out',
    done: (device: string) => `${device} has been signed out.`,
    others: 'Sign out all other devices',
    askOthers: 'Sign out every device but this one? Each has to sign in again.',
    confirmOthers: 'Yes, sign them out',
    othersDone: 'All other devices have been signed out.',
    none: 'No other device is signed in. Those that sign in will be listed here.',
  },

  notices: {
    label: 'What has happened to sessions of this account',
    client: (device: string, ip: string) => `${device} at ${ip}`,
    reused: (when: string, client: string, session: string | null) =>
      `On ${when}, ${session === null ? 'a session of this account' : `the session of ${session}`} was ended, because ${client} presented an old copy of its cookie.`,
    fellBack: (when: string, client: string) =>
      `On ${when}, ${client} presented an older copy of a cookie that was already replaced, and was let in once.`,
    forwarded: (when: string, client: string) =>
      `On ${when}, ${client} presented a cookie that was newer than the restored database, and stayed signed in.`,
    advice: 'If one of these was not you, change your password.',
  },

  admin: {
    title: 'Administration',
    closed: 'This is for administrators. Ask one of them to give you the role.',
    people: 'People',
    events: 'Events',
    search: 'Name or e-mail address',
    find: 'Search',
    noMatch: (text: string) => `Nobody matches “${text}”. Try a part of the name or address.`,
    nobody: 'Nobody is here yet.',
    since: (date: string) => `since ${date}`,
    disabled: 'disabled',
    invited: 'invited',
    needsPassword: 'has to choose a new password',
    back: '← People',
    person: 'Person',
    lead: (email: string | null, since: string) => `${email === null ? 'Since' : `${email}, since`} ${since}`,
    show: 'Show',
    everything: 'everything',
    noEvents: 'Nothing of this kind has happened. What happens is kept here.',
    client: (device: string | null, ip: string | null) =>
      `${device ? `, ${device}` : ''}${ip ? ` from ${ip}` : ''}`,
    by: <Part>(link: Part) => ['by ', link],
    anAccount: 'an account',
    deletedAccount: 'a deleted account',
    eventsAbout: 'What concerned this account, the latest first.',
    reason: (reason: string) => ` (${reason})`,
  },

  invite: {
    title: 'Invite a person…',
    about: 'The person gets a mail with a link to choose a password. It works once, for seven days.',
    submit: 'Send the invitation',
    done: (email: string) => `An invitation to ${email} is on its way.`,
    waits: 'This account has no password yet. A new mail voids the link of the last one.',
    again: 'Invite again',
    choose: 'Choose a password',
    chooseAbout: 'You have been invited. You then sign in with your address and this password.',
    chooseSubmit: 'Set password',
    doneTitle: 'Your account is ready',
    welcome: 'Your password has been set, and your address is confirmed.',
  },

  access: {
    title: 'Access',
    about: 'What is changed here holds from their next request on.',
    aboutOwn: 'This is you: what you take away from yourself is gone at once.',
    role: 'Role',
    setRole: 'Set role',
    done: 'Done. It holds from the next request on.',
    unlock: 'Unlock sign-in',
    unlocked: 'Unlocked. Failed sign-ins are forgotten.',
    enable: 'Enable this account',
    disable: 'Disable this account',
    askDisable: (email: string) =>
      `Disable the account of ${email}? All its sessions end, and it cannot sign in.`,
    confirmDisable: 'Yes, disable',
    waive: 'No longer ask for a new password',
    demand: 'Ask for a new password',
    askDemand: (email: string) =>
      `Ask ${email} for a new password? Until it is chosen, the account can do nothing else.`,
    confirmDemand: 'Yes, ask for one',
    roleGone: 'This role is no longer defined, and permits nothing.',
    permitsNothing: 'Permits nothing beyond the account itself.',
    permits: (permissions: readonly string[]) => `Permits ${permissions.join(', ')}.`,
  },

  removal: {
    title: 'Delete account',
    about: 'The account and all its sessions go at once, and do not come back. Its events stay.',
    own: 'You delete your own account in the Account view.',
    button: 'Delete this account',
    ask: (email: string) =>
      `Delete the account of ${email} for good? All its sessions end. This cannot be undone.`,
    confirm: 'Yes, delete for good',
    done: (email: string) => `The account of ${email} has been deleted.`,
  },

  personDevices: {
    ask: (email: string, device: string, ip: string) => `Sign ${email} out of ${device} at ${ip}?`,
    everywhere: 'Sign out everywhere',
    askEverywhere: (email: string) => `Sign ${email} out of every device?`,
    confirmEverywhere: 'Yes, sign out everywhere',
    everywhereDone: 'Signed out everywhere.',
    none: 'Not signed in anywhere.',
  },

  events: {
    registered: 'Account created',
    'registration-requested': 'Account asked for',
    invited: 'Invited',
    'invitation-accepted': 'Invitation accepted',
    'signed-in': 'Signed in',
    'sign-in-failed': 'Sign-in failed',
    'sign-in-paused': 'Sign-in paused after failures',
    'sign-in-closed': 'Sign-in closed to unknown browsers',
    'signed-out': 'Signed out',
    'refresh-reused': 'A copied token was used: session ended',
    'session-fell-back': 'Came back with older cookies',
    'session-forwarded': 'Cookies newer than the database',
    'refresh-late': 'A refresh came too late',
    'session-revoked': 'Session ended',
    'password-changed': 'Password changed',
    'password-change-required': 'New password asked for',
    'password-change-waived': 'New password no longer asked for',
    'role-changed': 'Role changed',
    disabled: 'Account disabled',
    enabled: 'Account enabled',
    unlocked: 'Sign-in opened again',
    'account-deleted': 'Account deleted',
    'password-forgotten': 'Link for a new password asked for',
    'link-refused': 'A link was refused',
    'email-confirmed': 'Address confirmed',
    'email-change-requested': 'Another address asked for',
    'email-changed': 'Address changed',
    'email-change-undone': 'Address kept or put back',
    'mail-given-up': 'Mail could not be sent',
    'key-rotated': 'Signing key changed',
    'client-created': 'Client registered',
    'client-deleted': 'Client deleted',
    'rate-limited': 'Too many requests',
    'access-refused': 'Access refused',
    'cross-origin-refused': 'A foreign page was refused',
    'token-refused': 'A token was refused',
    'client-refused': 'A client was refused',
  },

  /** Reasons of events that are one word of the service. The service says the others in English. */
  reasons: {
    logout: 'signed out',
    disabled: 'account disabled',
    replaced: 'replaced by a new session',
    'ended-by-user': 'ended by the owner',
    'ended-by-administrator': 'ended by an administrator',
    'signed-in-again': 'signed in again',
    'session-limit': 'too many sessions',
    'password-changed': 'password changed',
    'address-restored': 'address put back',
  },

  /** What the service refused, by its code. A code that is not here gets the sentence of the service. */
  refusals: {
    UNREACHABLE: 'The service cannot be reached. Try again in a moment.',
    PAGE_FAILED: 'Something went wrong in this page.',
    TOKEN_MISSING: 'Sign in first.',
    TOKEN_INVALID: 'Sign in first.',
    TOKEN_EXPIRED: 'Sign in first.',
    COOKIE_AMBIGUOUS:
      'The browser has two cookies of one name. Delete the cookies of this site, and sign in.',
    SESSION_ENDED: 'The session has ended. Sign in again.',
    REFRESH_LATE: 'The request took too long. Try again.',
    REFRESH_REUSED: 'The session has ended. Sign in again.',
    LOGIN_FAILED: 'E-mail address or password is not correct.',
    ACCESS_FORBIDDEN: 'Your role does not permit this.',
    CROSS_ORIGIN_REFUSED: 'This request did not come from a page that this service trusts.',
    REGISTRATION_CLOSED: 'Accounts are created by an administrator here.',
    PASSWORD_CHANGE_REQUIRED: 'Choose a new password first.',
    PASSWORD_INCORRECT: 'The current password is not correct.',
    REAUTHENTICATION_REQUIRED: 'Give the current password, or sign in again first.',
    LINK_INVALID: 'This link is not valid any more.',
    MAIL_OFF: 'This service sends no mail. Ask an administrator.',
    NOT_FOUND: 'There is nothing here.',
    ACCOUNT_EXISTS: 'There is already an account with this e-mail address.',
    ADDRESS_CHANGED: 'The address was changed in the last three days. Delete the account later.',
    LAST_ADMINISTRATOR: 'This is the last administrator. Give another account the role first.',
    RATE_LIMITED: 'Too many requests.',
    REQUEST_TIMEOUT: 'The request did not arrive in time.',
    BODY_TOO_LARGE: 'This is too large.',
    INTERNAL: 'Something went wrong on our side.',
    SERVER_BUSY: 'The service is busy, try again in a moment.',
    STORE_UNAVAILABLE: 'The service cannot reach its data, try again in a moment.',
    INVALID_REQUEST: 'Something you entered is not accepted. Check it, and try again.',
    PASSWORD_REJECTED: 'Choose another password.',
  },

  /** Why a new password was refused, by its reason. */
  rejected: {
    'too-short': 'This password is too short.',
    'too-long': 'This password is too long.',
    'not-text': 'Use characters that can be typed.',
    common: 'Many people use this password, so it is tried first. Choose another.',
    'own-words': 'This is mostly made of your name or address. Add words of another kind.',
    unchanged: 'This is the password that you have.',
  },

  unexpected: (status: number) => `The service answered ${status}.`,
  retryIn: (duration: string) => ` Try again in ${duration}.`,

  live: {
    title: 'Live',
    lead: 'A request goes out every two seconds. When the access token has run out, the server refreshes the session in the middle of the next one. This page does nothing for it.',
    silent: <Part>(code: Make<Part>) => [
      'This service does not tell pages about its tokens, as it should be in production. Start one for yourself with ',
      code('npm run demo'),
      ' and watch them here.',
    ],
    long: <Part>(duration: string, code: Make<Part>) => [
      `Access tokens live ${duration} here, which is long to watch. Use one up with the first button, or start the service with `,
      code('npm run demo'),
      ': then they live ten seconds.',
    ],
    try: 'Try to lose the session',
    uploaded: 'Uploaded',
    secondTab: 'Open a second tab',
    secondTabAbout: 'Both use the same cookies. Each shows what the other does.',
    requests: 'Requests',
    ask: 'Ask every two seconds',
    none: 'No request yet. Press one of the buttons.',
    token: 'Access token',
    runOut: 'run out',
    generation: (generation: number) => `generation ${generation}`,
    ago: (duration: string) => `${duration} ago`,
    now: 'now',
    legend: {
      plain: 'answered',
      refreshed: 'answered, session refreshed on the way',
      lost: 'answer lost',
      without: 'no access token',
    },
    log: {
      elsewhere: ', in another tab',
      underWay: 'under way',
      lost: (ms: number) => `answer lost after ${ms} ms`,
      refreshed: (how: string, generation: number) => `${how}: generation ${generation}`,
      silently: 'refreshed in silence',
      held: 'a fresh access token; the refresh token is too young to be replaced',
      reissued: 'the newest tokens once more',
      fellBack: 'came back with older cookies, forgiven once',
      forwarded: 'cookies newer than the database',
      usedUp: 'the access token is gone',
      signedOut: 'nobody is signed in',
    },
    noAnswer: 'The service gave no answer to go by. Try again in a moment.',
    useUp: {
      name: 'Use up the access token',
      about: 'As if its time had run out. Then one request.',
      done: (status: number, generation: number) =>
        `The access token was gone. The next request was answered ${status} all the same, and brought the one of generation ${generation}.`,
    },
    twenty: {
      name: 'Twenty requests at once',
      about: 'The access token is gone, and all show the same refresh token.',
      done: (good: number, refreshed: number, before: number, after: readonly number[]) =>
        `20 requests, ${good} answers of 200. ${refreshed} came without an access token, and the session took ${after.length === 1 ? 'one step' : `${after.length} steps`}: generation ${before} → ${after.join(', ')}.`,
    },
    upload: {
      name: 'Upload slowly',
      about: 'For longer than the access token lives.',
      long: (duration: string) =>
        `The access token lives for another ${duration}, which is long to wait for. Start the service with npm run demo: then it lives ten seconds.`,
      cut: 'The upload was cut off. Try again in a moment.',
      done: (duration: string, generation: number, status: number) =>
        `The upload took ${duration}. Its access token ran out on the way, and another request took the session to generation ${generation}. It was answered ${status} all the same: what counts is the moment a request arrives.`,
    },
    lose: {
      name: 'Lose an answer',
      about: 'The server refreshes, but the new cookies never arrive.',
      done: (before: number, status: number, generation: number) =>
        `The server took the session from generation ${before} on, and its answer never arrived. Asked again with the old token, it answered ${status} and handed out generation ${generation} once more.`,
    },
    revoke: {
      name: 'Revoke it elsewhere',
      about: 'As if another device had signed this one out.',
      done: 'The session was ended elsewhere.',
    },
  },
}

/** The texts of one language. */
export type Texts = typeof en
