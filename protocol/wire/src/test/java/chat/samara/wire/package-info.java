/** What the tests of this module share: fixed keys and samples, and assertions about refusals. */
@NullMarked
package chat.samara.wire;

import org.jspecify.annotations.NullMarked;
