import { Button, Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { queryOf } from '../api.ts'
import { translator } from '../texts.ts'
import { save } from '../ui/SaveButton.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly query: Readonly<Record<string, string>> }

/** All calls that the filters leave, not only those that are shown. */
export const ExportMenu = ({ query }: Props) => (
  <Menu position="bottom-end" shadow="md">
    <Menu.Target>
      <Button variant="default" leftSection={<IconDownload size={16} />}>
        {t('export')}
      </Button>
    </Menu.Target>
    <Menu.Dropdown maw={320}>
      <Menu.Item onClick={() => void save(`GET /requests.csv${queryOf(query)}`)}>{t('exportCsv')}</Menu.Item>
      <Menu.Item onClick={() => void save(`GET /requests.json${queryOf(query)}`)}>{t('exportJson')}</Menu.Item>
    </Menu.Dropdown>
  </Menu>
)
