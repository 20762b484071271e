import type { MailTexts } from './texts.ts'

const NOT_YOU =
  'Wenn Sie das nicht waren, wählen Sie jetzt ein neues Passwort. Alle Geräte werden dann abgemeldet.'
const CHOOSE = 'Neues Passwort wählen'

const days = (minutes: number): string => `${Math.round(minutes / 1_440)} Tage`

export const de: MailTexts = {
  'password-reset': ({ service, link, minutes }) => ({
    subject: `Neues Passwort für ${service}`,
    paragraphs: [
      `Sie oder eine andere Person haben ein neues Passwort für Ihr Konto bei ${service} angefordert.`,
    ],
    action: { label: CHOOSE, link },
    after: [
      `Der Link gilt einmal und ${minutes} Minuten lang. Eine neuere Mail macht ihn ungültig.`,
      'Wenn Sie ihn nicht angefordert haben, tun Sie nichts. Ihr Passwort bleibt, wie es ist.',
    ],
  }),
  'password-changed': ({ service, when, where, by, link }) => ({
    subject: `Ihr Passwort bei ${service} wurde geändert`,
    paragraphs: [
      by === 'operator'
        ? `Die Verwaltung hat das Passwort Ihres Kontos bei ${service} geändert.`
        : `Das Passwort Ihres Kontos bei ${service} wurde geändert${by === 'link' ? ', mit einem Link aus einer Mail an Sie' : ''}.`,
      `Wann: ${when}`,
      ...(by === 'operator' ? [] : [`Wo: ${where}`]),
      `Alle ${by === 'owner' ? 'anderen ' : ''}Geräte wurden abgemeldet. Wenn Sie das waren, ist nichts zu tun.`,
      by === 'operator' ? 'Wenn Sie das nicht erwartet haben, fragen Sie die Verwaltung.' : NOT_YOU,
    ],
    action: { label: CHOOSE, link },
  }),
  'session-reused': ({ service, when, where, link }) => ({
    subject: `Ein Gerät wurde bei ${service} abgemeldet`,
    paragraphs: [
      `Eine Kopie der Anmeldung eines Ihrer Geräte wurde benutzt. ${service} hat sie deshalb beendet.`,
      `Wann: ${when}`,
      `Wo: ${where}`,
      'Vielleicht hat ein Angreifer sie kopiert. Wählen Sie ein neues Passwort, und prüfen Sie das Gerät auf Schadprogramme.',
    ],
    action: { label: CHOOSE, link },
  }),
  'account-disabled': ({ service, when }) => ({
    subject: `Ihr Konto bei ${service} wurde gesperrt`,
    paragraphs: [
      `Die Verwaltung hat Ihr Konto bei ${service} gesperrt. Alle Geräte wurden abgemeldet.`,
      `Wann: ${when}`,
      'Wenn Sie den Grund nicht kennen, fragen Sie die Verwaltung.',
    ],
  }),
  'account-deleted': ({ service, when, where, by }) => ({
    subject: `Ihr Konto bei ${service} wurde gelöscht`,
    paragraphs: [
      by === 'operator'
        ? `Die Verwaltung hat Ihr Konto bei ${service} gelöscht.`
        : `Ihr Konto bei ${service} wurde gelöscht.`,
      `Wann: ${when}`,
      ...(by === 'operator' ? [] : [`Wo: ${where}`]),
      'Wenn Sie das nicht waren, fragen Sie die Verwaltung.',
    ],
  }),
  'new-sign-in': ({ service, when, where, link }) => ({
    subject: `Neue Anmeldung bei ${service}`,
    paragraphs: [
      `Ein Browser, den Ihr Konto bei ${service} nicht kennt, hat sich angemeldet.`,
      `Wann: ${when}`,
      `Wo: ${where}`,
      `Wenn Sie das waren, ist nichts zu tun. ${NOT_YOU}`,
    ],
    action: { label: CHOOSE, link },
  }),
  'email-confirmation': ({ service, link, minutes }) => ({
    subject: `Bestätigen Sie Ihre Adresse für ${service}`,
    paragraphs: [`Bestätigen Sie, dass dies die Adresse Ihres Kontos bei ${service} ist.`],
    action: { label: 'Adresse bestätigen', link },
    after: [
      `Der Link gilt einmal und ${Math.round(minutes / 60)} Stunden lang.`,
      'Wenn Sie dort kein Konto haben, tun Sie nichts: Eine andere Person hat Ihre Adresse eingegeben.',
    ],
  }),
  registration: ({ service, link, minutes, when, where }) => ({
    subject: `Bestätigen Sie Ihre Adresse für ${service}`,
    paragraphs: [
      `Sie oder eine andere Person wollen mit dieser Adresse ein Konto bei ${service} anlegen.`,
      `Wann: ${when}`,
      `Wo: ${where}`,
      'Wenn Sie das waren, bestätigen Sie die Adresse. Danach melden Sie sich mit dem Passwort an, das Sie gewählt haben.',
    ],
    action: { label: 'Adresse bestätigen', link },
    after: [
      `Der Link gilt einmal und ${Math.round(minutes / 60)} Stunden lang.`,
      'Wenn Sie das nicht waren, tun Sie nichts: Der Link ließe die andere Person mit Ihrer Adresse herein.',
    ],
  }),
  invitation: ({ service, link, minutes }) => ({
    subject: `Einladung zu ${service}`,
    paragraphs: [
      `Die Verwaltung hat für Sie ein Konto bei ${service} angelegt. Wählen Sie ein Passwort, und melden Sie sich dann mit dieser Adresse an.`,
    ],
    action: { label: 'Passwort wählen', link },
    after: [
      `Der Link gilt einmal und ${Math.round(minutes / 1440)} Tage lang. Eine neuere Mail macht ihn ungültig.`,
      'Wenn Sie das nicht erwarten, tun Sie nichts.',
    ],
  }),
  'registration-attempt': ({ service, link, when, where }) => ({
    subject: `Sie haben schon ein Konto bei ${service}`,
    paragraphs: [
      `Sie oder eine andere Person wollten mit Ihrer Adresse ein Konto bei ${service} anlegen. Sie haben schon eines, und nichts hat sich geändert.`,
      `Wann: ${when}`,
      `Wo: ${where}`,
      'Wenn Sie das waren, melden Sie sich an. Wenn Sie das Passwort vergessen haben, wählen Sie ein neues.',
    ],
    action: { label: CHOOSE, link },
  }),
  'email-change': ({ service, link, minutes }) => ({
    subject: `Bestätigen Sie Ihre neue Adresse für ${service}`,
    paragraphs: [
      `Ein Konto bei ${service} soll diese Adresse bekommen. Bestätigen Sie, dass es Ihre Adresse ist.`,
    ],
    action: { label: 'Adresse bestätigen', link },
    after: [
      `Der Link gilt einmal und ${Math.round(minutes / 60)} Stunden lang.`,
      'Wenn Sie das nicht wollten, tun Sie nichts: Eine andere Person hat Ihre Adresse eingegeben.',
    ],
  }),
  'email-taken': ({ service, link }) => ({
    subject: `Ihre Adresse ist bei ${service} schon in Gebrauch`,
    paragraphs: [
      `Sie oder eine andere Person wollten Ihre Adresse für ein anderes Konto bei ${service} verwenden. Sie gehört schon zu einem Konto, oder gehörte bis vor einigen Tagen dazu. Nichts hat sich geändert.`,
      'Wenn es Ihr Konto ist und Sie das Passwort vergessen haben, wählen Sie ein neues.',
    ],
    action: { label: CHOOSE, link },
  }),
  'email-change-requested': ({ service, when, where, link, minutes }) => ({
    subject: `Eine neue Adresse für Ihr Konto bei ${service}`,
    paragraphs: [
      `Ihr Konto bei ${service} soll eine andere Adresse bekommen. Sie ändert sich, sobald die andere Adresse das bestätigt.`,
      `Wann: ${when}`,
      `Wo: ${where}`,
      'Wenn Sie das waren, ist hier nichts zu tun: Öffnen Sie die Mail an die neue Adresse.',
      'Wenn Sie das nicht waren, behalten Sie diese Adresse. Alle Geräte werden dann abgemeldet, und Sie wählen ein neues Passwort.',
    ],
    action: { label: 'Diese Adresse behalten', link },
    after: [`Der Link gilt einmal, bis ${days(minutes)} nach der Änderung.`],
  }),
  'email-changed': ({ service, when, where, link, minutes }) => ({
    subject: `Ihr Konto bei ${service} hat eine andere Adresse`,
    paragraphs: [
      `Die Adresse Ihres Kontos bei ${service} wurde geändert. Mails dazu kommen nicht mehr hierher.`,
      `Wann: ${when}`,
      `Wo: ${where}`,
      'Wenn Sie das waren, ist nichts zu tun.',
      'Wenn Sie das nicht waren, setzen Sie diese Adresse wieder ein. Alle Geräte werden dann abgemeldet, und Sie wählen ein neues Passwort.',
    ],
    action: { label: 'Diese Adresse wieder einsetzen', link },
    after: [`Der Link gilt einmal und ${days(minutes)} lang.`],
  }),
  'email-restored': ({ service, when, where, link }) => ({
    subject: `Ihr Konto bei ${service} hat wieder diese Adresse`,
    paragraphs: [
      `Ein Link aus einer Mail an diese Adresse hat sie für Ihr Konto bei ${service} behalten oder wieder eingesetzt. Alle Geräte wurden abgemeldet, und das Passwort gilt nicht mehr.`,
      `Wann: ${when}`,
      `Wo: ${where}`,
      'Wählen Sie ein neues Passwort, das Sie nirgends sonst verwenden. Danach können Sie sich anmelden.',
    ],
    action: { label: CHOOSE, link },
  }),
  'email-removed': ({ service, when }) => ({
    subject: `Ihr Konto bei ${service} hat diese Adresse nicht mehr`,
    paragraphs: [
      `Das Konto bei ${service} mit dieser Adresse hat wieder seine frühere Adresse.`,
      `Wann: ${when}`,
      'Wenn Sie den Grund nicht kennen, fragen Sie die Verwaltung.',
    ],
  }),
  client({ browser, system, ip }) {
    const program = browser ?? 'Ein unbekanntes Programm'
    const device = system === null ? program : `${program} unter ${system}`
    return ip === null ? device : `${device}, von der Netzadresse ${ip}`
  },
  footer: ({ service, address }) =>
    `${service} hat diese Mail an ${address} geschickt. Antworten Sie nicht darauf.`,
}
