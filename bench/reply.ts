/**
 * An answer of the size of GET /me, for those who have nothing to look up.
 */
export const reply = {
  user: {
    id: '019bc186-de00-7360-bb9d-3795c917ba12',
    email: 'bench@example.com',
    name: null,
    role: 'user',
    createdAt: '2026-01-15T12:00:00.000Z',
    disabled: false,
    emailConfirmed: false,
  },
  session: {
    id: 'TgLFffsIVB5_FtmPY0k7Lg',
    current: true,
    createdAt: '2026-01-15T12:00:00.000Z',
    lastSeenAt: '2026-01-15T12:00:00.000Z',
    expiresAt: '2026-01-22T12:00:00.000Z',
    ip: '127.0.0.1',
    userAgent: '',
  },
}
