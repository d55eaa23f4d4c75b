import { Button } from '@mantine/core'
import { IconPencil, IconPlayerPlay } from '@tabler/icons-react'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { useUrl } from '../ui/useUrl.ts'
import { texts } from './texts.data.ts'
import type { UpstreamProps } from './upstream.ts'

const t = translator(texts)

type Props = UpstreamProps & { readonly isTesting: boolean; readonly onTest: () => void }

export function HeadActions({ kind, of: { managedBy }, isTesting, onTest }: Props) {
  const may = useMay()
  const [, set] = useUrl()
  if (may(`${kind}:write`) === 'none') return null
  return (
    <>
      <Button variant="default" leftSection={<IconPlayerPlay size={16} />} loading={isTesting} onClick={onTest}>
        {t('test')}
      </Button>
      {managedBy === null && (
        <Button leftSection={<IconPencil size={16} />} onClick={() => set({ open: 'edit' }, 'push')}>
          {t('edit')}
        </Button>
      )}
    </>
  )
}
