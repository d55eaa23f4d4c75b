import { Button, Menu, Tabs } from '@mantine/core'
import { IconDownload, IconShieldCheck } from '@tabler/icons-react'
import { translator } from '../texts.ts'
import { later } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { AuditEvents } from './AuditEvents.tsx'
import { Checkpoints } from './Checkpoints.tsx'
import { filterIn } from './filter.ts'
import { texts } from './texts.data.ts'
import { useExport } from './useExport.ts'

/** Knows the shapes of an export, which nobody needs before. */
const VerifyLog = later(() => import('./VerifyLog.tsx').then((m) => m.VerifyLog))
const t = translator(texts)

export function AuditPage() {
  const [url, setUrl] = useUrl()
  const { save, error } = useExport()
  const tab = url['tab'] === 'checkpoints' ? 'checkpoints' : 'events'
  const filter = filterIn(url)
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={
        <>
          <Menu position="bottom-end" shadow="md">
            <Menu.Target>
              <Button variant="default" leftSection={<IconDownload size={16} />}>
                {t('export')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => void save({})}>{t('exportWhole')}</Menu.Item>
              <Menu.Item onClick={() => void save({ ...filter, format: 'ndjson' })}>{t('exportShown')}</Menu.Item>
              <Menu.Item onClick={() => void save({ ...filter, format: 'csv' })}>{t('exportTable')}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button leftSection={<IconShieldCheck size={16} />} onClick={() => setUrl({ verify: '1' }, 'push')}>
            {t('verify')}
          </Button>
        </>
      }
    >
      <ErrorNote error={error} />
      <Tabs value={tab} onChange={(next) => setUrl({ tab: next === 'checkpoints' ? next : undefined })}>
        <Tabs.List aria-label={t('views')} mb="md">
          <Tabs.Tab value="events">{t('events')}</Tabs.Tab>
          <Tabs.Tab value="checkpoints">{t('checkpoints')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="events">{tab === 'events' && <AuditEvents filter={filter} />}</Tabs.Panel>
        <Tabs.Panel value="checkpoints">{tab === 'checkpoints' && <Checkpoints />}</Tabs.Panel>
      </Tabs>
      {url['verify'] !== undefined && <VerifyLog onClose={() => setUrl({ verify: undefined })} />}
    </Page>
  )
}
