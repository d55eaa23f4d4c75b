import { SegmentedControl, Stack } from '@mantine/core'
import { useState } from 'react'
import { translator } from '../../texts.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { texts } from '../texts.data.ts'
import { ImportServers } from './ImportServers.tsx'
import { LookAtServer } from './LookAtServer.tsx'
import { NewServerForm } from './NewServerForm.tsx'
import { isWay, type Way } from './way.ts'

const t = translator(texts)

type Props = { readonly way: Way; readonly onWay: (way: Way) => void; readonly onClose: () => void }

/** Three ways to register servers; the first two end with a look at what was made. */
export function AddServer({ way, onWay, onClose }: Props) {
  const [made, setMade] = useState<string | null>(null)
  if (made !== null)
    return (
      <Dialog title={t('firstTitle')} onClose={onClose} size="lg">
        <LookAtServer id={made} onAgain={() => setMade(null)} />
      </Dialog>
    )
  return (
    <Dialog title={t('addTitle')} onClose={onClose} size="lg">
      <Stack gap="md">
        <SegmentedControl
          aria-label={t('way')}
          data={[
            { value: 'url', label: t('byUrl') },
            { value: 'command', label: t('byCommand') },
            { value: 'import', label: t('byImport') },
          ]}
          value={way}
          onChange={(chosen) => isWay(chosen) && onWay(chosen)}
        />
        {way === 'import' ? (
          <ImportServers onClose={onClose} />
        ) : (
          <NewServerForm key={way} way={way} onClose={onClose} onMade={({ server }) => setMade(server.id)} />
        )}
      </Stack>
    </Dialog>
  )
}
