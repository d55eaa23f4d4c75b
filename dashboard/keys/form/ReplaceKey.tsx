import { CopyKey } from './CopyKey.tsx'

type Props = { readonly keyId: string; readonly onClose: () => void }

/** What a revoked key was, under a new id (D56). */
export const ReplaceKey = (props: Props) => <CopyKey {...props} way="replacement" />
