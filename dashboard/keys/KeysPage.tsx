import './list/list.css'
import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useLocation } from '@tanstack/react-router'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Page } from '../ui/Page.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { KeyDialogs } from './list/KeyDialogs.tsx'
import { KeyFilters } from './list/KeyFilters.tsx'
import { KeyTable } from './list/KeyTable.tsx'
import { texts } from './list/texts.data.ts'

const t = translator(texts)

/** One page under three addresses: each has the name that stands in the navigation beside it. */
const titles = { '/people/api-keys': 'allKeys', '/settings/mcp-api-keys': 'settingsKeys' } as const
const titleOf = (pathname: string) => Object.entries(titles).find(([path]) => pathname.endsWith(path))?.[1] ?? 'keys'

export function KeysPage() {
  const pathname = useLocation({ select: (location) => location.pathname })
  const may = useMay()
  return (
    <Page
      title={t(titleOf(pathname))}
      about={t(may('keys:read') === 'all' ? 'about' : 'aboutOwn')}
      actions={may('keys:write') !== 'none' && <Create />}
    >
      <KeyFilters />
      <KeyTable />
      <KeyDialogs />
    </Page>
  )
}

function Create() {
  const [, set] = useUrl()
  const may = useMay()
  return (
    <>
      {may('keys:write') === 'all' && (
        <Button variant="default" onClick={() => set({ create: 'user' }, 'push')}>
          {t('createForUser')}
        </Button>
      )}
      <Button leftSection={<IconPlus size={16} />} onClick={() => set({ create: '1' }, 'push')}>
        {t('create')}
      </Button>
    </>
  )
}
