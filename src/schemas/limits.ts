/** In characters. RFC 5321 section 4.5.3.1.3 allows no longer address (RFC 3696 erratum 1690). */
export const MAX_EMAIL_LENGTH = 254
/** In characters. */
export const MAX_NAME_LENGTH = 200

/** A language of mail: the BCP 47 tags that are in use. */
export const LOCALE = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/
