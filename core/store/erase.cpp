namespace hermod::store {}
