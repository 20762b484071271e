import { mutantsOf } from '../mutant.ts'

const GUESSED = ['test/credentials/password-rules.test.ts']

export const passwords = [
  ...mutantsOf('src/credentials/password-rules.ts', GUESSED, [
    { name: 'passwords: not normalised', from: "=> password.normalize('NFC')", to: '=> password' },
    {
      name: 'passwords: normalised so far that different characters become equal',
      from: "=> password.normalize('NFC')",
      to: "=> password.normalize('NFKC')",
    },
    ...[
      ['trimmed', '.trim()'],
      ['in small letters', '.toLowerCase()'],
      ['cut after 72 characters', '.slice(0, 72)'],
    ].map(([how, call]) => ({
      name: `passwords: compared ${how}`,
      from: "=> password.normalize('NFC')",
      to: `=> password.normalize('NFC')${call}`,
      tests: ['test/routes/auth/login.test.ts'],
    })),
    { name: 'passwords: counted in UTF-16 units', from: '[...normal].length', to: 'normal.length' },
    {
      name: 'passwords: the shortest is refused',
      from: 'length < context.minLength',
      to: 'length <= context.minLength',
    },
    {
      name: 'passwords: one character longer than the longest',
      from: 'length > MAX_CHARACTERS',
      to: 'length > MAX_CHARACTERS + 1',
    },
    {
      name: 'passwords: no list of common ones',
      from: 'if (isCommonPassword(normal))',
      to: "if (normal === '')",
    },
    { name: 'passwords: the own name is enough', from: '< MIN_REMAINING_CHARACTERS', to: '< 1' },
    { name: 'passwords: the name of the service is enough', from: ' ${SERVICE}`', to: ' `' },
    { name: 'passwords: a lone surrogate is accepted', from: '!password.isWellFormed() || ', to: '' },
    { name: 'passwords: a NUL is accepted', from: " || password.includes('\\0')", to: '' },
  ]),
  ...mutantsOf('src/credentials/common-passwords.ts', GUESSED, [
    { name: 'passwords: a common one with digits around it', from: ' || common.has(bare)', to: '' },
    { name: 'passwords: a common one that is repeated', from: ' || isRepeated(folded, common)', to: '' },
    {
      name: 'passwords: a common one in full-width letters',
      from: "password.normalize('NFKC')",
      to: 'password',
    },
    {
      name: 'passwords: a common one in capitals',
      from: ".normalize('NFKC').toLowerCase()",
      to: ".normalize('NFKC')",
    },
  ]),
  ...mutantsOf(
    'src/accounts/email.ts',
    ['test/accounts/email.test.ts'],
    [
      { name: 'e-mail: capitals make another account', from: '.toLowerCase()', to: '' },
      {
        name: 'e-mail: compatible characters make another account',
        from: "text.normalize('NFKC').toLowerCase().normalize('NFKC')",
        to: "text.normalize('NFC').toLowerCase()",
      },
      {
        name: 'e-mail: a path behind the domain is left out',
        from: "urlSyntax.test(domain) ? '' : domainToASCII(domain)",
        to: 'domainToASCII(domain)',
      },
      { name: 'e-mail: split at the first @', from: "lastIndexOf('@')", to: "indexOf('@')" },
    ],
  ),
  ...mutantsOf(
    'src/credentials/passwords.ts',
    ['test/credentials/passwords.test.ts'],
    [
      {
        name: 'passwords: compared as they were typed',
        from: 'verify(hash ?? dummyHash, normalizePassword(password))',
        to: 'verify(hash ?? dummyHash, password)',
        tests: ['test/routes/auth/login.test.ts'],
      },
      {
        name: 'hashes: any number waits',
        from: 'limit.pendingCount >= queue',
        to: 'limit.pendingCount >= queue + 1_000',
      },
      {
        name: 'hashes: those of other parameters are kept',
        from: 'needsRehash(known, { memoryCost, timeCost, parallelism })',
        to: 'needsRehash(known, { memoryCost, timeCost, parallelism }) && false',
      },
    ],
  ),
]
