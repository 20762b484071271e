import type { MailTexts } from './texts.ts'

const NOT_YOU =
  'お心当たりがない場合は、すぐに新しいパスワードを設定してください。すべてのデバイスがログアウトされます。'
const CHOOSE = '新しいパスワードを設定する'

const days = (minutes: number): number => Math.round(minutes / 1_440)

export const ja: MailTexts = {
  'password-reset': ({ service, link, minutes }) => ({
    subject: `${service}の新しいパスワードの設定`,
    paragraphs: [`${service}のアカウントについて、新しいパスワードの設定が求められました。`],
    action: { label: CHOOSE, link },
    after: [
      `このリンクは一度だけ、${minutes}分間有効です。新しいメールが届くと無効になります。`,
      'お心当たりがない場合は、何もしないでください。パスワードは変わりません。',
    ],
  }),
  'password-changed': ({ service, when, where, by, link }) => ({
    subject: `${service}のパスワードが変更されました`,
    paragraphs: [
      by === 'operator'
        ? `管理者が${service}のアカウントのパスワードを変更しました。`
        : `${by === 'link' ? 'メールのリンクから、' : ''}${service}のアカウントのパスワードが変更されました。`,
      `日時: ${when}`,
      ...(by === 'operator' ? [] : [`場所: ${where}`]),
      `${by === 'owner' ? 'ほかの' : ''}すべてのデバイスはログアウトされました。ご自身の操作であれば、何もする必要はありません。`,
      by === 'operator' ? 'お心当たりがない場合は、管理者にお問い合わせください。' : NOT_YOU,
    ],
    action: { label: CHOOSE, link },
  }),
  'session-reused': ({ service, when, where, link }) => ({
    subject: `${service}でデバイスがログアウトされました`,
    paragraphs: [
      `デバイスのログイン情報の複製が使われたため、${service}はそのログインを終了しました。`,
      `日時: ${when}`,
      `場所: ${where}`,
      '第三者が複製した可能性があります。新しいパスワードを設定し、デバイスにマルウェアがないか確認してください。',
    ],
    action: { label: CHOOSE, link },
  }),
  'account-disabled': ({ service, when }) => ({
    subject: `${service}のアカウントが無効になりました`,
    paragraphs: [
      `管理者が${service}のアカウントを無効にしました。すべてのデバイスはログアウトされました。`,
      `日時: ${when}`,
      '理由がわからない場合は、管理者にお問い合わせください。',
    ],
  }),
  'account-deleted': ({ service, when, where, by }) => ({
    subject: `${service}のアカウントが削除されました`,
    paragraphs: [
      by === 'operator'
        ? `管理者が${service}のアカウントを削除しました。`
        : `${service}のアカウントが削除されました。`,
      `日時: ${when}`,
      ...(by === 'operator' ? [] : [`場所: ${where}`]),
      'お心当たりがない場合は、管理者にお問い合わせください。',
    ],
  }),
  'new-sign-in': ({ service, when, where, link }) => ({
    subject: `${service}への新しいログイン`,
    paragraphs: [
      `${service}のアカウントに、これまで使われていないブラウザーからログインがありました。`,
      `日時: ${when}`,
      `場所: ${where}`,
      `ご自身の操作であれば、何もする必要はありません。${NOT_YOU}`,
    ],
    action: { label: CHOOSE, link },
  }),
  'email-confirmation': ({ service, link, minutes }) => ({
    subject: `${service}のメールアドレスの確認`,
    paragraphs: [`これが${service}のアカウントのメールアドレスであることを確認してください。`],
    action: { label: 'メールアドレスを確認する', link },
    after: [
      `このリンクは一度だけ、${Math.round(minutes / 60)}時間有効です。`,
      'アカウントをお持ちでない場合は、何もしないでください。ほかの人があなたのアドレスを入力しました。',
    ],
  }),
  registration: ({ service, link, minutes, when, where }) => ({
    subject: `${service}のメールアドレスの確認`,
    paragraphs: [
      `このアドレスで${service}のアカウントの登録が申し込まれました。`,
      `日時: ${when}`,
      `場所: ${where}`,
      'ご自身の操作であれば、メールアドレスを確認してください。確認後、登録時に決めたパスワードでログインできます。',
    ],
    action: { label: 'メールアドレスを確認する', link },
    after: [
      `このリンクは一度だけ、${Math.round(minutes / 60)}時間有効です。`,
      'お心当たりがない場合は、何もしないでください。リンクを使うと、ほかの人があなたのアドレスでログインできるようになります。',
    ],
  }),
  invitation: ({ service, link, minutes }) => ({
    subject: `${service}への招待`,
    paragraphs: [
      `管理者が${service}のアカウントを作成しました。パスワードを設定し、このアドレスでログインしてください。`,
    ],
    action: { label: 'パスワードを設定する', link },
    after: [
      `このリンクは一度だけ、${Math.round(minutes / 1440)}日間有効です。新しいメールが届くと無効になります。`,
      'お心当たりがない場合は、何もしないでください。',
    ],
  }),
  'registration-attempt': ({ service, link, when, where }) => ({
    subject: `${service}のアカウントはすでにあります`,
    paragraphs: [
      `あなたのアドレスで${service}のアカウントを作成しようとする操作がありました。アカウントはすでにあり、何も変わっていません。`,
      `日時: ${when}`,
      `場所: ${where}`,
      'ご自身の操作であれば、ログインしてください。パスワードを忘れた場合は、新しいパスワードを設定してください。',
    ],
    action: { label: CHOOSE, link },
  }),
  'email-change': ({ service, link, minutes }) => ({
    subject: `${service}の新しいメールアドレスの確認`,
    paragraphs: [
      `${service}のアカウントのメールアドレスを、このアドレスに変更する操作がありました。ご自身のアドレスであることを確認してください。`,
    ],
    action: { label: 'メールアドレスを確認する', link },
    after: [
      `このリンクは一度だけ、${Math.round(minutes / 60)}時間有効です。`,
      'お心当たりがない場合は、何もしないでください。ほかの人があなたのアドレスを入力しました。',
    ],
  }),
  'email-taken': ({ service, link }) => ({
    subject: `あなたのアドレスは${service}ですでに使われています`,
    paragraphs: [
      `あなたのアドレスを${service}の別のアカウントで使おうとする操作がありました。このアドレスはすでにアカウントで使われているか、数日前まで使われていました。何も変わっていません。`,
      'それがご自身のアカウントで、パスワードを忘れた場合は、新しいパスワードを設定してください。',
    ],
    action: { label: CHOOSE, link },
  }),
  'email-change-requested': ({ service, when, where, link, minutes }) => ({
    subject: `${service}のアカウントの新しいメールアドレス`,
    paragraphs: [
      `${service}のアカウントのメールアドレスを変更する操作がありました。新しいアドレスで確認されると変更されます。`,
      `日時: ${when}`,
      `場所: ${where}`,
      'ご自身の操作であれば、ここですることはありません。新しいアドレスに届いたメールを開いてください。',
      'お心当たりがない場合は、このアドレスを維持してください。すべてのデバイスがログアウトされ、新しいパスワードを設定できます。',
    ],
    action: { label: 'このアドレスを維持する', link },
    after: [`このリンクは一度だけ、変更の${days(minutes)}日後まで有効です。`],
  }),
  'email-changed': ({ service, when, where, link, minutes }) => ({
    subject: `${service}のアカウントのメールアドレスが変更されました`,
    paragraphs: [
      `${service}のアカウントのメールアドレスが変更されました。今後のメールはこのアドレスには届きません。`,
      `日時: ${when}`,
      `場所: ${where}`,
      'ご自身の操作であれば、何もする必要はありません。',
      'お心当たりがない場合は、このアドレスに戻してください。すべてのデバイスがログアウトされ、新しいパスワードを設定できます。',
    ],
    action: { label: 'このアドレスに戻す', link },
    after: [`このリンクは一度だけ、${days(minutes)}日間有効です。`],
  }),
  'email-restored': ({ service, when, where, link }) => ({
    subject: `${service}のアカウントのメールアドレスはこのアドレスです`,
    paragraphs: [
      `このアドレスに届いたメールのリンクにより、${service}のアカウントのアドレスが維持されたか、元に戻されました。すべてのデバイスはログアウトされ、パスワードは使えなくなりました。`,
      `日時: ${when}`,
      `場所: ${where}`,
      'ほかで使っていない新しいパスワードを設定してください。その後、ログインできます。',
    ],
    action: { label: CHOOSE, link },
  }),
  'email-removed': ({ service, when }) => ({
    subject: `このアドレスは${service}のアカウントから外されました`,
    paragraphs: [
      `このアドレスを使っていた${service}のアカウントは、以前のアドレスに戻されました。`,
      `日時: ${when}`,
      '理由がわからない場合は、管理者にお問い合わせください。',
    ],
  }),
  client({ browser, system, ip }) {
    const program = browser ?? '不明なプログラム'
    const device = system === null ? program : `${program}(${system})`
    return ip === null ? device : `${device}、ネットワークアドレス ${ip}`
  },
  footer: ({ service, address }) =>
    `このメールは${service}から${address}に送信されました。返信はできません。`,
}
