/**
 * KeyPackages (RFC 9420 §10): how a client lets itself be added while it is away. Decoded ones are {@code KeyPackageIn}; only
 * verification makes a {@code KeyPackage}. Callable from any thread, except that a bundle belongs to its owner.
 */
@NullMarked
package chat.samara.mls.keypackage;

import org.jspecify.annotations.NullMarked;
