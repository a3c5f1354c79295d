/** Where a command's profile is, who asks for its passphrase, and how it is opened. Used on the main thread. */
@NullMarked
package chat.samara.cli.profile;

import org.jspecify.annotations.NullMarked;
