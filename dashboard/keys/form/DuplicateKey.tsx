import { CopyKey } from './CopyKey.tsx'

type Props = { readonly keyId: string; readonly onClose: () => void }

/** A second key beside this one. */
export const DuplicateKey = (props: Props) => <CopyKey {...props} way="duplicate" />
