import { Button, Menu } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { IconBookmark, IconChevronDown, IconLink } from '@tabler/icons-react'
import { translator } from '../../texts.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { noFilter } from './filters.ts'
import { texts } from './texts.data.ts'
import { views } from './views.data.ts'

const t = translator(texts)

/** A view is an address: the ready ones, and the one that is shown, to be kept or sent. */
export function ViewsMenu() {
  const [, set] = useUrl()
  const { copy } = useClipboard()
  const copyLink = () => {
    const link = new URL(location.href)
    for (const name of ['key', 'create', 'edit', 'rotate', 'projects']) link.searchParams.delete(name)
    copy(link.href)
    notifications.show({ message: t('viewCopied') })
  }
  return (
    <Menu position="bottom-end" shadow="md" width={280}>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconBookmark size={16} />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
        >
          {t('views')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {views.map(({ name, state }) => (
          <Menu.Item
            key={name}
            onClick={() => set({ ...noFilter, sort: undefined, cols: undefined, ...state }, 'push')}
          >
            {t(name)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLink size={16} />} onClick={copyLink}>
          {t('copyView')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
