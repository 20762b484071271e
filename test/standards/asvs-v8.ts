import type { Source } from './row.ts'
import {
  account,
  admin,
  badInput,
  commandLine,
  data,
  forged,
  guards,
  guessing,
  knownBrowser,
  owner,
  proof,
  rateLimits,
  refusals,
  reuse,
  sessionList,
  untrusted,
} from './tests.ts'

export const authorization: Source = {
  name: 'ASVS 5.0',
  title: 'OWASP ASVS 5.0, V8 Authorization',
  rows: [
    {
      at: 'V8.1.1',
      demand: 'L1',
      says: 'The documentation says who may call what, and whose data they see',
      passes: 'the description of the API names the guard of each route, and each route keeps it',
      tests: [guards.described, refusals.provoked],
    },
    {
      at: 'V8.1.2',
      demand: 'L2',
      says: 'The documentation says which fields may be read and written by whom',
      passes:
        'docs/data.md names the writers of every field that a request may hold, and an answer shows its own fields alone',
      tests: [data.fields, account.fields],
    },
    {
      at: 'V8.1.3',
      demand: 'L3',
      says: 'Time, place and device, where they count, are documented',
      passes:
        'docs/sign-in.md says which count; another browser, language or address changes nothing of a refresh or a sign-in',
      tests: [untrusted.otherBrowser],
    },
    {
      at: 'V8.1.4',
      demand: 'L3',
      says: 'It is documented how such circumstances are weighed',
      documented: 'a table says what each of them changes',
      document: 'docs/sign-in.md',
    },
    {
      at: 'V8.2.1',
      demand: 'L1',
      says: 'Functions are for callers with the right to them',
      passes: 'no guarded route answers a stranger, a forged role, or a caller without the role',
      tests: [account.closed, admin.closed, refusals.provoked, forged.refused],
    },
    {
      at: 'V8.2.2',
      demand: 'L1',
      says: 'Data has an owner, and no other account reads or changes it',
      passes:
        "another's account is forbidden, another's session is not there, and an id that is changed gains nothing",
      tests: [owner.others, sessionList.notAnothers],
    },
    {
      at: 'V8.2.3',
      demand: 'L2',
      says: 'Fields are read and written only with the right to them',
      passes: 'role, id, address and state cannot be written along, and no hash can be read',
      tests: [account.nameAlone, badInput.refused, account.fields],
    },
    {
      at: 'V8.2.4',
      demand: 'L3',
      says: 'Controls adapt to the circumstances of a request, at sign-in and during a session',
      passes:
        'each circumstance of docs/sign-in.md decides: address, browser, time since the sign-in, a token in two places',
      tests: [guessing.pauses, knownBrowser.getsIn, proof.later, reuse.previous, rateLimits.strict],
    },
    {
      at: 'V8.3.1',
      demand: 'L1',
      says: 'Rights are decided on the server, by nothing that the caller can change',
      passes: 'a role in a header, a cookie or the query gives no rights',
      tests: [untrusted.claims, forged.rights],
    },
    {
      at: 'V8.3.2',
      demand: 'L3',
      says: 'A change of rights holds at once',
      passes:
        'a role that the command line or an administrator gives or takes holds at the next request of each session, with the tokens from before',
      tests: [admin.role, commandLine.role, owner.staleBearer],
    },
    {
      at: 'V8.3.3',
      demand: 'L3',
      says: 'Rights are those of the person who asks, not of a service in between',
      notApplicable: 'There is no service in between, and none has an account.',
    },
    {
      at: 'V8.4.1',
      demand: 'L2',
      says: 'Tenants are kept apart',
      notApplicable: 'A service has one tenant: its own accounts.',
    },
  ],
}
