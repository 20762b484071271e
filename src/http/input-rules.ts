/** How input is judged. What was not asked for is refused: no "1" for 1, no unknown property dropped in silence. */
export const INPUT_RULES = {
  customOptions: { coerceTypes: false as const, removeAdditional: false as const },
}

export const MAX_BODY_BYTES = 64 * 1_024
