import { ActionIcon, Menu } from '@mantine/core'
import { IconDotsVertical, IconDownload, IconUpload } from '@tabler/icons-react'
import { download, queryOf } from '../../api.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { ProblemNote } from '../../ui/ProblemNote.tsx'
import { saveFile } from '../../ui/saveFile.ts'
import { useChange } from '../../ui/useChange.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { filterOf } from './filters.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** What is done with the list as a whole. An export holds what the filters leave, and never a secret. */
export function ListMenu() {
  const [url, set] = useUrl()
  const may = useMay()
  const { change, isRunning, refusal, reset } = useChange({
    run: (format: 'csv' | 'json') => download(`GET /keys/export${queryOf({ ...filterOf(url), format })}`),
    refreshes: [],
    said: ({ name }) => t('exported', { name }),
    done: ({ name, blob }) => saveFile(name, blob),
  })
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={290}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={t('moreOfList')} loading={isRunning}>
            <IconDotsVertical size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('exportHint')}</Menu.Label>
          <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => void change('csv')}>
            {t('exportCsv')}
          </Menu.Item>
          <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => void change('json')}>
            {t('exportJson')}
          </Menu.Item>
          {may('keys:write') !== 'none' && (
            <>
              <Menu.Divider />
              <Menu.Item leftSection={<IconUpload size={16} />} onClick={() => set({ import: '1' }, 'push')}>
                {t('import')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {refusal && (
        <Dialog title={t('exportTitle')} onClose={reset}>
          <ProblemNote refusal={refusal} />
        </Dialog>
      )}
    </>
  )
}
