package chat.samara.server.node;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of DESIGN §2, inside of this module. */
@AnalyzeClasses(packages = "chat.samara.server.node", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule onlyTheTransportAndTheOperatorsHttpKnowNetty = noClasses()
            .that()
            .resideOutsideOfPackages("..node.transport..", "..node.admin..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..");

    @ArchTest
    static final ArchRule onlyTheStoreKnowsRocksDb = onlyIn("..node.store..", "org.rocksdb..");

    @ArchTest
    static final ArchRule onlyTheIdentityKnowsBouncyCastle = onlyIn("..node.identity..", "org.bouncycastle..");

    @ArchTest
    static final ArchRule conscryptIsLeftToMls =
            onlyIn("chat.samara.mls..", "org.conscrypt..", "chat.samara.mls.crypto.conscrypt..");

    @ArchTest
    static final ArchRule onlyTheAdminKnowsHttp =
            onlyIn("..node.admin..", "com.sun.net.httpserver..", "java.net.http..");

    @ArchTest
    static final ArchRule onlyTheCommandsKnowPicocli = onlyIn("..node.command..", "picocli..");

    @ArchTest
    static final ArchRule theTransportKnowsNothingOfTheCoreButHowRatesAreCounted = noClasses()
            .that()
            .resideInAPackage("..node.transport..")
            .should()
            .dependOnClassesThat(resideInAPackage("chat.samara.server.core..")
                    .and(resideOutsideOfPackage("chat.samara.server.core.rate")));

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("chat.samara.server.node.(*)..").should().beFreeOfCycles();

    private static ArchRule onlyIn(String ours, String... theirs) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(ours)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(theirs);
    }
}
