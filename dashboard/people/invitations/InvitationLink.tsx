import { Text } from '@mantine/core'
import type { InvitationView, Offered } from '../../../src/people/invitations/schema.ts'
import { translator } from '../../texts.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { useLeaving } from '../../ui/useLeaving.ts'
import { LinkFoot, OneTimeLink } from '../OneTimeLink.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** As the answer that makes it says it: the link is in no other one. */
export type Made = InvitationView & Pick<Offered, 'url' | 'mailedTo'>

type Props = { readonly title: string; readonly made: Made; readonly onClose: () => void }

export function InvitationLink({ title, made, onClose }: Props) {
  const { url, mailedTo, email, expiresAt } = made
  const leaving = useLeaving({ isNothing: url === undefined, onDone: onClose })
  return (
    <Dialog title={title} onClose={leaving.done} isHeld={!leaving.isCopied}>
      {url === undefined ? (
        <Text>{t('mailed', { email: mailedTo ?? email })}</Text>
      ) : (
        <OneTimeLink
          text={t('linkText', { email })}
          label={t('link')}
          url={url}
          expiresAt={expiresAt}
          leaving={leaving}
        />
      )}
      <LinkFoot leaving={leaving} />
    </Dialog>
  )
}
