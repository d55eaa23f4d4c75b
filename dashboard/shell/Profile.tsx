import { Avatar, Menu, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconDeviceDesktop, IconKey, IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { Refused } from '../api.ts'
import { useSession } from '../session/session.tsx'
import { signOut } from '../session/signOut.ts'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)
const schemes = [
  ['auto', 'system', IconDeviceDesktop],
  ['light', 'light', IconSun],
  ['dark', 'dark', IconMoon],
] as const

/** Top right: one's own keys, whatever the role (B09), one's account, light or dark, the way out. */
export function Profile() {
  const { member, organization } = useSession().session
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Menu position="bottom-end" width={260} shadow="md">
      <Menu.Target>
        <UnstyledButton aria-label={t('profile')}>
          <Avatar color="blue" size={34} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label translate="no">
          <Text size="sm" fw={600} c="var(--mantine-color-text)">
            {member.name}
          </Text>
          <Text size="xs">{member.email}</Text>
          <Text size="xs">{organization.name}</Text>
        </Menu.Label>
        <Menu.Item
          component={Link}
          to="/configuration/api-keys"
          {...{ search: { owner: 'me' } as never }}
          leftSection={<IconKey size={16} />}
        >
          {t('myKeys')}
        </Menu.Item>
        <Menu.Item component={Link} to="/account" leftSection={<IconUser size={16} />}>
          {t('account')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t('theme')}</Menu.Label>
        {schemes.map(([scheme, name, Icon]) => (
          <Menu.Item
            key={scheme}
            closeMenuOnClick={false}
            aria-current={colorScheme === scheme}
            leftSection={<Icon size={16} />}
            rightSection={colorScheme === scheme ? '✓' : null}
            onClick={() => setColorScheme(scheme)}
          >
            {t(name)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leave()}>
          {t('signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Whoever believes that he is out leaves the browser to the next one: where it failed, it stays said until he has read it. */
async function leave(): Promise<void> {
  const id = 'sign-out'
  // Else a second failure, which may have another reason, would not be shown beside the first.
  notifications.hide(id)
  try {
    await signOut()
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { code, detail, title } = error.refusal
    notifications.show({
      id,
      color: 'red',
      autoClose: false,
      title: t('stillSignedIn'),
      message: code === 'unreachable' ? t('signOutUnreachable') : <Data>{detail ?? title}</Data>,
    })
  }
}
