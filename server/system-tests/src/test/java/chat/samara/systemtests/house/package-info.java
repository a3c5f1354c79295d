/** The rules of the house (DESIGN §2, STYLE), checked over the whole repository. */
@NullMarked
package chat.samara.systemtests.house;

import org.jspecify.annotations.NullMarked;
