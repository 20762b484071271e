/** The roles of this system, for the auth service, its command line and the guards of the movies service. */
export const roles = { editor: ['movies:write'] }
