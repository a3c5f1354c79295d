/**
 * What characters are, in the version of the rules for names that is frozen: which ones a name may have, its one form, its scripts,
 * and what looks the same. From a table of this package's own, so that no version of a JDK or a library changes what is valid.
 * Pure functions; may be called from any thread.
 */
@NullMarked
package chat.samara.wire.name;

import org.jspecify.annotations.NullMarked;
